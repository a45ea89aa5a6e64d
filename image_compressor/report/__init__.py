"""The report on a run of the pipeline, one page: reports/report.html."""
