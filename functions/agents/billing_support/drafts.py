"""Drafts by intent and language. Change them to your own words."""

from typing import Final

DRAFTS: Final = {
    ("refund", "en"): "We have received your request for a refund, and check the payment. You hear from us.",
    ("refund", "de"): "Wir haben Ihre Bitte um Rückzahlung erhalten und prüfen die Zahlung. Wir melden uns.",
    ("refund", "es"): "Hemos recibido su solicitud de reembolso y revisamos el pago. Le escribiremos.",
    ("payment_problem", "en"): "We check this payment. If it was taken twice, you get the second amount back.",
    ("payment_problem", "de"): "Wir prüfen diese Zahlung. Wurde sie doppelt belastet, erhalten Sie den Betrag zurück.",
    ("payment_problem", "es"): "Revisamos este pago. Si se cobró dos veces, le devolvemos el segundo importe.",
    ("invoice", "en"): "You find your invoices under Settings > Invoices. Tell us what has to be corrected.",
    ("invoice", "de"): "Ihre Rechnungen stehen unter Einstellungen > Rechnungen. Schreiben Sie uns, was falsch ist.",
    ("invoice", "es"): "Sus facturas están en Ajustes > Facturas. Díganos qué hay que corregir.",
}
