"""The plugins' door: functions and frozen dataclasses, one file per room that has something to offer."""
