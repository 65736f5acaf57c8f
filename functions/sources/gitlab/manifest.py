"""GitLab as a source."""

from functions.core.manifest.source import Reading, SourceManifest

MANIFEST = SourceManifest(
    name="gitlab",
    owner="engineering",
    documents="https://docs.gitlab.com/user/project/integrations/webhooks/",
    secret="The webhook's settings > Signing token (whsec_…); on older instances the secret token that you typed in",
    reading=Reading(type=["header:x-gitlab-event"]),
)
