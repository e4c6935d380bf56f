"""One self-contained HTML file about a store, or about two on the same images."""

from analysis.report.page import report

__all__ = ["report"]
