"""Comments as GitHub shows them: GitHub's own Markdown, then the allow-list. Performs no I/O."""

from __future__ import annotations

import re

from bot.localhost.github.pages.sanitise import Addresses, sanitise

_ALERT = re.compile(
    r"<blockquote>\s*<p>\[!(NOTE|TIP|IMPORTANT|WARNING|CAUTION)\](?:<br ?/?>)?\s*", re.IGNORECASE
)


def markdown(text: str, addresses: Addresses) -> str:
    """`text` as safe HTML: tables, task lists, alerts, folded details, line breaks kept."""
    import cmarkgfm
    from cmarkgfm.cmark import Options

    options = Options.CMARK_OPT_UNSAFE | Options.CMARK_OPT_HARDBREAKS | Options.CMARK_OPT_GITHUB_PRE_LANG
    html = sanitise(cmarkgfm.github_flavored_markdown_to_html(text, options), addresses)
    return _ALERT.sub(_alert, html)


def _alert(match: re.Match[str]) -> str:
    kind = match[1].lower()
    return f'<blockquote class="alert {kind}"><p><strong>{kind.capitalize()}</strong><br>'
