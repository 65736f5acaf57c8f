"""The connectors: one for each provider, with one alias for each agent that may use it."""

import json
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from aws_cdk import Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_secretsmanager as secretsmanager
from constructs import Construct

from functions.core.gate.metering import no_price
from functions.core.manifests import credentials
from functions.core.manifests.agent import AgentManifest
from functions.core.manifests.connector import ConnectorManifest
from functions.core.manifests.credentials import AwsRole, GitHubApp
from functions.core.platform.environment import ConnectorEnvironment
from functions.core.platform.errors import ManifestError
from hookline.validation.discovery import Project
from hookline.validation.layout import CONNECTORS_LOCK, GITHUB_APP_LOCK, RECONCILE_FILES, SOURCE_FILES
from infra import naming
from infra.bundling import provider_folder
from infra.constructs import arns
from infra.constructs.aws_access import aws_access, models_of
from infra.constructs.function import Function, may, may_audit, only_rows
from infra.constructs.unrecorded import alarm_if_unrecorded
from infra.settings import Settings
from infra.tags import manifest_tags
from infra.warm import NOTHING, Warm

# An outage on the local stack is a test, so it should not last long.
LOCAL_RECOVERY_SECONDS = "5"


class ConnectorsStack(Stack):
    """The connectors and their aliases."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        settings: Settings,
        project: Project,
        listed: Collection[str] = (),
        warm: Warm = NOTHING,
    ) -> None:
        """`listed` are the connectors whose listings the reconcile service reads.

        `warm` is what is kept initialized.
        """
        super().__init__(scope, id, description="Hookline: the only identities that call providers")
        self._warm = warm
        for connector in project.connectors.values():
            callers = project.callers_of(connector.name)
            if callers or connector.name in listed:
                self._connect(connector, callers, settings, connector.name in listed)

    def _connect(
        self, connector: ConnectorManifest, callers: list[AgentManifest], settings: Settings, listed: bool
    ) -> None:
        sandbox = settings.sandbox(connector.name)
        has_secret = credentials.has_secret(connector.credential)
        if has_secret:
            self._credential(connector, settings)
        function = Function(
            self,
            f"Connector-{connector.name}",
            settings=settings,
            name=naming.connector(connector.name),
            starts="functions.core.gate.handlers.connector",
            # The callers' manifests and policies go along: they are what the gate holds a caller to.
            code=["functions/core", "functions/api", *provider_folder(connector.name)]
            + [
                f"functions/agents/{agent.name}/{file}" for agent in callers for file in ("manifest.py", "policy.cedar")
            ],
            without=(*SOURCE_FILES, *RECONCILE_FILES),
            lock=GITHUB_APP_LOCK if isinstance(connector.credential, GitHubApp) else CONNECTORS_LOCK,
            environment=ConnectorEnvironment(
                audit_queue_url=arns.audit_queue_url(connector.identity),
                connector=connector.name,
                grant_key=naming.GRANT_KEY,
                ledger_table=naming.LEDGER_TABLE if connector.has_effects else "",
                budgets_table=naming.BUDGETS_TABLE if connector.has_budgets else "",
                breakers_table=naming.BREAKERS_TABLE if connector.is_guarded else "",
                **({"recovery_seconds": LOCAL_RECOVERY_SECONDS} if settings.local else {}),
                **{f"{access.table}_table": naming.table(access.table) for access in connector.tables},
                credential=naming.credential(connector.name) if has_secret else "",
                sandbox=sandbox,
                tenant=json.dumps(settings.tenant(connector)) if connector.tenant and not sandbox else "",
                destinations=_json(settings.bound(connector, callers)),
                links=_json(settings.links) if any(one.extends for one in connector.operations) else "",
                prices=_json(_prices(connector, callers, settings)),
                records_bucket=arns.records_bucket() if any(agent.recorded for agent in callers) else "",
            ),
            endpoints=_endpoints(connector, sandbox),
            seconds=connector.timeout,
            allow=self._allowed(connector, callers, settings),
            tags=manifest_tags("connector", connector, f"Act on {connector.name} for the agents that declare it"),
        )
        if any(agent.recorded for agent in callers):
            alarm_if_unrecorded(self, connector.identity)
        for agent in callers:
            # The invoked alias identifies the caller: IAM lets each agent invoke only its own.
            lambda_.Alias(
                self,
                f"{connector.name}-for-{agent.name}",
                alias_name=agent.name,
                version=function.function.current_version,
                provisioned_concurrent_executions=self._warm.of_agent(agent.name) or None,
            )
        if listed:
            lambda_.Alias(
                self,
                f"{connector.name}-for-{naming.RECONCILE}",
                alias_name=naming.RECONCILE,
                version=function.function.current_version,
            )

    def _allowed(
        self, connector: ConnectorManifest, callers: Sequence[AgentManifest], settings: Settings
    ) -> list[iam.PolicyStatement]:
        grant_key = may("secretsmanager:GetSecretValue", on=[arns.secret_arn(naming.GRANT_KEY)])
        allow = [grant_key, may_audit(connector.identity)]
        if any(agent.recorded for agent in callers):
            allow.append(may("s3:PutObject", on=[arns.records_arn(connector.identity)]))
        own_rows = only_rows(f"{connector.name}:*")
        if connector.has_effects:
            ledger = arns.table_arn(naming.LEDGER_TABLE)
            allow.append(may("dynamodb:UpdateItem", "dynamodb:DeleteItem", on=[ledger], when=own_rows))
        if connector.has_budgets:
            allow.append(may("dynamodb:UpdateItem", on=[arns.table_arn(naming.BUDGETS_TABLE)], when=own_rows))
        if connector.is_guarded:
            circuits = may(
                *(f"dynamodb:{verb}Item" for verb in ("Get", "Put", "Update")),
                on=[arns.table_arn(naming.BREAKERS_TABLE)],
                when=own_rows,
            )
            allow.append(circuits)
        if credentials.has_secret(connector.credential):
            own = arns.secret_arn(naming.credential(connector.name))
            allow.append(may("secretsmanager:GetSecretValue", on=[own]))
        allow += [may(*access.actions, on=[arns.table_arn(naming.table(access.table))]) for access in connector.tables]
        return allow + aws_access(connector, callers, settings.bound(connector, callers).values())

    def _credential(self, connector: ConnectorManifest, settings: Settings) -> None:
        credential = secretsmanager.CfnSecret(
            self,
            f"Credential-{connector.name}",
            name=naming.credential(connector.name),
            description=f"Credential that the {connector.name} connector presents to its provider",
        )
        credential.apply_removal_policy(settings.removal)


def _prices(
    connector: ConnectorManifest, callers: Sequence[AgentManifest], settings: Settings
) -> dict[str, Mapping[str, str]]:
    """The prices that the settings give for these models. Raises ManifestError for a model that has none at all."""
    given = settings.prices_of(connector.name)
    for agent in callers:
        if agent.model_connector == connector.name and not (agent.model_id in given or connector.price(agent.model_id)):
            raise ManifestError(f"agent {agent.name}: {no_price(connector.name, agent.model_id)}")
    return {model: given[model] for model in models_of(connector, callers) if model in given}


def _endpoints(connector: ConnectorManifest, sandbox: str) -> dict[str, str]:
    """Where the AWS SDK finds the sandbox of a connector whose credential is its role, on the local stack only.

    https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html
    """
    if not isinstance(connector.credential, AwsRole) or not sandbox:
        return {}
    return {f"AWS_ENDPOINT_URL_{connector.credential.service}": sandbox}


def _json(values: Mapping[str, Any]) -> str:
    return json.dumps(values, sort_keys=True) if values else ""
