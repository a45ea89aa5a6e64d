"""Web assets that the report and the demo share."""
