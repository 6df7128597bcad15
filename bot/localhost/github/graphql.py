"""The GraphQL part: folding comments, and looking up nodes by id, executed by graphql-core against a
typed schema.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from graphql import GraphQLError, GraphQLResolveInfo, GraphQLSchema, build_schema, graphql_sync
from werkzeug.wrappers import Request

from bot.localhost.github.access import Caller, at_least
from bot.localhost.github.hub import Hub
from bot.localhost.github.model import Comment, Repository
from bot.localhost.github.values import Json, JsonObject
from bot.localhost.github.wire import Reply

_SCHEMA = """
enum ReportedContentClassifiers { ABUSE DUPLICATE OFF_TOPIC OUTDATED RESOLVED SPAM }
interface Node { id: ID! }
interface Minimizable { isMinimized: Boolean! minimizedReason: String }
interface Actor { login: String! }
type User implements Node & Actor { id: ID! login: String! }
type IssueComment implements Node & Minimizable {
  id: ID! databaseId: Int body: String! isMinimized: Boolean! minimizedReason: String author: Actor
}
input MinimizeCommentInput { subjectId: ID! classifier: ReportedContentClassifiers! clientMutationId: String }
type MinimizeCommentPayload { clientMutationId: String minimizedComment: Minimizable }
input UnminimizeCommentInput { subjectId: ID! clientMutationId: String }
type UnminimizeCommentPayload { clientMutationId: String unminimizedComment: Minimizable }
type Query { viewer: User! node(id: ID!): Node nodes(ids: [ID!]!): [Node]! }
type Mutation {
  minimizeComment(input: MinimizeCommentInput!): MinimizeCommentPayload
  unminimizeComment(input: UnminimizeCommentInput!): UnminimizeCommentPayload
}
"""


@dataclass(frozen=True, slots=True)
class _Root:
    """The resolvers of queries and mutations, for one caller."""

    hub: Hub
    caller: Caller

    def viewer(self, _info: GraphQLResolveInfo[None]) -> JsonObject:
        """Who the token acts as."""
        user = self.caller.signed_in
        return {"__typename": "User", "id": self.hub.node_id("U", user.id), "login": user.login}

    def node(self, _info: GraphQLResolveInfo[None], id: str) -> JsonObject:  # noqa: A002 - GraphQL's name
        """The comment with this id."""
        _repo, comment = self._comment(id)
        return _body(self.hub, comment)

    def nodes(self, info: GraphQLResolveInfo[None], ids: list[str]) -> list[JsonObject]:
        """The comments with these ids."""
        return [self.node(info, number) for number in ids]

    def minimizeComment(self, _info: GraphQLResolveInfo[None], input: Mapping[str, str]) -> JsonObject:  # noqa: A002, N802
        """Fold a comment."""
        return {"minimizedComment": self._fold(input["subjectId"], input["classifier"].lower())}

    def unminimizeComment(self, _info: GraphQLResolveInfo[None], input: Mapping[str, str]) -> JsonObject:  # noqa: A002, N802
        """Unfold a comment."""
        return {"unminimizedComment": self._fold(input["subjectId"], None)}

    def _fold(self, node_id: str, reason: str | None) -> JsonObject:
        repo, comment = self._comment(node_id)
        writes = self.caller.is_workflow and any(
            self.caller.allows(repo, name, "write") for name in ("issues", "pull_requests")
        )
        own = self.caller.user is comment.author
        if not (
            writes or (not self.caller.is_workflow and (own or at_least(self.caller.role(repo), "write")))
        ):
            raise GraphQLError("Resource not accessible by integration", extensions={"type": "FORBIDDEN"})
        comment.minimized = reason
        return _body(self.hub, comment)

    def _comment(self, node_id: str) -> tuple[Repository, Comment]:
        for repo in self.hub.repositories.values():
            for issue in repo.issues.values():
                for comment in issue.comments:
                    if self.hub.node_id("IC", comment.id) == node_id:
                        return repo, comment
        words = f"Could not resolve to a node with the global id of '{node_id}'"
        raise GraphQLError(words, extensions={"type": "NOT_FOUND"})


def _body(hub: Hub, comment: Comment) -> JsonObject:
    return {
        "__typename": "IssueComment",
        "id": hub.node_id("IC", comment.id),
        "databaseId": comment.id,
        "body": comment.body,
        "isMinimized": comment.minimized is not None,
        "minimizedReason": comment.minimized,
        "author": {
            "__typename": "User",
            "id": hub.node_id("U", comment.author.id),
            "login": comment.author.login,
        },
    }


def schema() -> GraphQLSchema:
    """The typed schema: a small cut of GitHub's, with GitHub's names."""
    return build_schema(_SCHEMA)


def execute(hub: Hub, caller: Caller, request: Request) -> Reply:
    """Answer one GraphQL request; errors are in the body of a 200, as GraphQL has it."""
    caller.signed_in  # noqa: B018 - GraphQL takes no anonymous request
    given = request.get_json(silent=True)
    if not isinstance(given, Mapping) or not isinstance(given.get("query"), str):
        return Reply(400, {"message": "A query attribute must be specified and must be a string."})
    root = _Root(hub, caller)
    with hub.lock:
        done = graphql_sync(schema(), given["query"], root, variable_values=given.get("variables"))
    body: dict[str, Json] = {"data": done.data}
    if done.errors:
        body["errors"] = [
            {"message": error.message, "type": str((error.extensions or {}).get("type", ""))}
            for error in done.errors
        ]
    return Reply(200, body)
