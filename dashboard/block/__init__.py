"""The SE block, step by step: its panels, equations and the gates that can be dragged."""
