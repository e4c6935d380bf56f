"""One file a page; `dashboard/app.py` names their addresses."""
