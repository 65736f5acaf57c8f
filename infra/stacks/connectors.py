"""What acts on the outside: one connector for each provider, with one alias for each agent that may use it."""

from aws_cdk import Stack
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_secretsmanager as secretsmanager
from constructs import Construct

from functions.core.manifests.agent import AgentManifest
from functions.core.manifests.connector import ConnectorManifest
from functions.core.platform.environment import ConnectorEnvironment
from hookline.validation.discovery import Project
from infra import naming
from infra.bundling import CONNECTORS_LOCK, SOURCE_FILES, provider_folder
from infra.constructs import arns
from infra.constructs.function import Function, may, may_audit, only_rows
from infra.settings import Settings
from infra.tags import manifest_tags

# An outage on a laptop is one that somebody makes to look at it.
LOCAL_RECOVERY_SECONDS = "5"


class ConnectorsStack(Stack):
    """The connectors and their aliases."""

    def __init__(self, scope: Construct, id: str, settings: Settings, project: Project) -> None:
        super().__init__(scope, id, description="Hookline: the only identities that call providers")
        for connector in project.connectors.values():
            self._connect(connector, project.callers_of(connector.name), settings)

    def _connect(self, connector: ConnectorManifest, callers: list[AgentManifest], settings: Settings) -> None:
        has_effects = any(operation.kind == "effect" for operation in connector.operations)
        allow = [may("secretsmanager:GetSecretValue", on=[arns.secret_arn(naming.GRANT_KEY)]), may_audit()]
        if has_effects:
            ledger = arns.table_arn(naming.LEDGER_TABLE)
            allow.append(may("dynamodb:UpdateItem", "dynamodb:DeleteItem", on=[ledger]))
            allow.append(may("dynamodb:UpdateItem", on=[arns.table_arn(naming.BUDGETS_TABLE)]))
        if connector.hosts:
            circuits = may(
                *(f"dynamodb:{verb}Item" for verb in ("Get", "Put", "Update")),
                on=[arns.table_arn(naming.BREAKERS_TABLE)],
                when=only_rows(f"{connector.name}:*"),
            )
            allow.append(circuits)
        if connector.credential:
            self._credential(connector)
            own = arns.secret_arn(naming.credential(connector.name))
            allow.append(may("secretsmanager:GetSecretValue", on=[own]))
        if connector.name == "context":
            timelines = arns.table_arn(naming.TIMELINES_TABLE)
            allow.append(may("dynamodb:Query", "dynamodb:GetItem", on=[timelines]))
        function = Function(
            self,
            f"Connector-{connector.name}",
            settings=settings,
            name=naming.connector(connector.name),
            handler="functions.core.gate.handlers.connector.handler",
            # The callers' manifests and policies go along: they are what the gate holds a caller to.
            code=["functions/core", "functions/api", *provider_folder(connector.name)]
            + [
                f"functions/agents/{agent.name}/{file}" for agent in callers for file in ("manifest.py", "policy.cedar")
            ],
            without=SOURCE_FILES,
            lock=CONNECTORS_LOCK,
            environment=ConnectorEnvironment(
                audit_queue_url=arns.queue_url(naming.AUDIT_QUEUE),
                connector=connector.name,
                grant_key=naming.GRANT_KEY,
                ledger_table=naming.LEDGER_TABLE if has_effects else "",
                budgets_table=naming.BUDGETS_TABLE if has_effects else "",
                breakers_table=naming.BREAKERS_TABLE if connector.hosts else "",
                **({"recovery_seconds": LOCAL_RECOVERY_SECONDS} if settings.local else {}),
                timelines_table=naming.TIMELINES_TABLE if connector.name == "context" else "",
                credential=naming.credential(connector.name) if connector.credential else "",
                sandbox=settings.sandbox(connector.name),
            ),
            seconds=connector.timeout,
            allow=allow,
            tags=manifest_tags("connector", connector, f"Act on {connector.name} for the agents that declare it"),
        )
        for agent in callers:
            # The alias that was invoked is who is calling: IAM lets each agent invoke its own only.
            lambda_.Alias(
                self,
                f"{connector.name}-for-{agent.name}",
                alias_name=agent.name,
                version=function.function.current_version,
            )

    def _credential(self, connector: ConnectorManifest) -> None:
        secretsmanager.CfnSecret(
            self,
            f"Credential-{connector.name}",
            name=naming.credential(connector.name),
            description=f"What the {connector.name} connector presents to its provider",
        )
