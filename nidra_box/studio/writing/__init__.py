"""For those who write programmes and settings: the JSON Schemas with which an editor completes
and underlines while you type."""
