"""Drafts by intent and language, and the intents whose draft is sent to the customer. Change them to your own words."""

from typing import Final

# Intents that are answered without a person. The policy must allow them too.
PUBLIC: Final[tuple[str, ...]] = ()

DRAFTS: Final = {
    ("bug", "en"): "Sorry that this does not work. Which steps lead to it, and what do you see? We look into it.",
    ("bug", "de"): "Es tut uns leid, dass das nicht funktioniert. Welche Schritte führen dahin, und was sehen Sie?",
    ("bug", "es"): "Sentimos que esto no funcione. ¿Qué pasos llevan al fallo y qué ve en la pantalla?",
    ("how_to", "en"): "The steps are in our help centre. If one of them is unclear, tell us which.",
    ("how_to", "de"): "Die Schritte stehen in unserem Hilfebereich. Wenn einer unklar ist, schreiben Sie uns welcher.",
    ("how_to", "es"): "Los pasos están en nuestro centro de ayuda. Si alguno no está claro, díganos cuál.",
    ("feature_request", "en"): "Thank you for the idea. It is with our product team now.",
    ("feature_request", "de"): "Danke für die Idee. Unser Produktteam hat sie jetzt.",
    ("feature_request", "es"): "Gracias por la idea. Ahora la tiene nuestro equipo de producto.",
}
