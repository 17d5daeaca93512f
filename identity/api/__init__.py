"""Identity's door: functions and frozen dataclasses, one file per room that has something to offer."""
