"""The texts that were approved for mails to leads. A change here is a change of what people get: review it as one."""

from typing import Final

SUBJECTS: Final = {
    "welcome": "Your question about our product",
    "trial": "Your trial",
}
BLOCKS: Final = {
    "hello": "Hello {name},",
    "hello-nobody": "Hello,",
    "general": "thank you for your interest. One of us reads what you wrote and will answer you personally.",
    "product-analytics": "thank you for your interest in our analytics. One of us shows it to you with your own data.",
    "product-team": "thank you for your interest in the plan for teams. One of us helps you to find the right size.",
    "trial": "Your trial is open. Everything that you build in it stays when you decide for a plan.",
    "closing": "Answer this mail if you want to add anything.\n\nThe team",
}
