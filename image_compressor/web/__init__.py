"""What the report and the demo share."""
