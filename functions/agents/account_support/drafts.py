"""Drafts by intent and language, and the intents whose draft is sent to the customer. Change them to your own words."""

from typing import Final

# Accounts change hands by such messages: none is answered without a person.
PUBLIC: Final[tuple[str, ...]] = ()

DRAFTS: Final = {
    ("login", "en"): "Use 'Forgot password' on the sign-in page. If no mail comes, tell us, and we check the address.",
    ("login", "de"): "Nutzen Sie 'Passwort vergessen' auf der Anmeldeseite. Kommt keine Mail, prüfen wir die Adresse.",
    ("login", "es"): "Use 'Contraseña olvidada' en la página de acceso. Si no llega ningún correo, lo revisamos.",
    ("cancel", "en"): "You can end the subscription under Settings > Plan. It runs until the end of the paid period.",
    ("cancel", "de"): "Sie können das Abo unter Einstellungen > Tarif beenden. Es läuft bis zum Ende des Zeitraums.",
    ("cancel", "es"): "Puede terminar la suscripción en Ajustes > Plan. Sigue activa hasta el fin del periodo pagado.",
    ("account_change", "en"): "We change this once you have confirmed it from the account's own address.",
    ("account_change", "de"): "Wir ändern das, sobald Sie es von der Adresse des Kontos bestätigt haben.",
    ("account_change", "es"): "Lo cambiamos en cuanto lo confirme desde la dirección de la cuenta.",
}
