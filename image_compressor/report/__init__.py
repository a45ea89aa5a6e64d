"""The page that shows what a run of the pipeline made: reports/report.html."""
