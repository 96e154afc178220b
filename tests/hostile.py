"""Fifty texts that somebody might write to do harm where they are shown, told on or logged."""

from __future__ import annotations

from typing import Final

_ZALGO: Final = "z" + "".join(chr(0x300 + n % 0x70) for n in range(120)) + "algo"

TEXTS: Final[tuple[str, ...]] = (
    # elements
    "<script>window.injected=1;alert(1)</script>",
    "</script><script>window.injected=1</script>",
    "<img src=x onerror=window.injected=1>",
    "<svg onload=window.injected=1>",
    "<svg><script>window.injected=1</script></svg>",
    "<iframe srcdoc='<script>parent.injected=1</script>'></iframe>",
    "<details open ontoggle=window.injected=1>",
    "<style>*{display:none}</style>",
    "<link rel=stylesheet href=//evil.example/x.css>",
    "<meta http-equiv=refresh content='0;url=//evil.example'>",
    "<base href=//evil.example/>",
    "<form action=//evil.example><button>Log in</button></form>",
    "<a href='javascript:window.injected=1'>here</a>",
    "<div hx-get=/logout hx-trigger=load></div>",
    "<math><mtext><table><mglyph><style><img src onerror=window.injected=1>",
    "</textarea><script>window.injected=1</script>",
    "</title><script>window.injected=1</script>",
    "</td></tr></table><h1>Your session is over</h1>",
    "<!--",
    "--><script>window.injected=1</script><!--",
    "<![CDATA[<script>window.injected=1</script>]]>",
    "&lt;script&gt;window.injected=1&lt;/script&gt;",
    "&#60;script&#62;window.injected=1",
    # attributes
    '" onmouseover="window.injected=1',
    "' onfocus='window.injected=1' autofocus='",
    '"><script>window.injected=1</script>',
    "` onclick=`window.injected=1",
    "javascript:window.injected=1",
    "data:text/html,<script>window.injected=1</script>",
    '" style="position:fixed;inset:0',
    # templates
    "{{7*7}}",
    "${7*7}",
    "#{7*7}",
    "{% raw %}{{ eyes.reader }}{% endraw %}",
    "{{ ''.__class__.__mro__ }}",
    "{0.__class__} %(x)s %s %n",
    # spreadsheets
    '=HYPERLINK("http://evil.example","open")',
    "+1+cmd|' /C calc'!A0",
    "@SUM(1+1)*cmd|'/C calc'!A0",
    "-2+3",
    # log lines, terminals, and the order of letters
    'first\n{"event": "webhook", "what": "new"}',
    "first\r\nset-cookie: a=b\r\n\r\n<script>window.injected=1</script>",
    "\x1b[2J\x1b[31mred\x1b]0;title\x07",
    "nul\x00and\x01\x08\x7f\x9b31m",
    "\u202egnp.exe\u202c \u2066left\u2069 \u200f\u200b",
    "line\u2028separator\u2029paragraph\x85next",
    # length and letters
    "W" * 3000,
    _ZALGO,
    "\U0001f468\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466\U0001f3f4\U000e0067\U000e0062\U000e007f \ufeff\uffff",
    "'; DROP TABLE messages; -- \\ \\u003cscript\\u003e",
)
