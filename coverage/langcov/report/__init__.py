"""The page: from a census and its measures to one self-contained HTML file.

`summarise` is pure and gives everything the page says as plain data; `render` puts it into the template; `write_report`
reads a run folder and writes its ``index.html``.
"""

from langcov.report.page import fragment, render, summary_of, write_report
from langcov.report.summarise import summarise

__all__ = ["fragment", "render", "summarise", "summary_of", "write_report"]
