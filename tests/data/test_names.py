"""Names that scripts know."""


def test_ingest_is_found_by_its_old_name_too():
    from image_compressor.data import ingestion, sources

    assert ingestion.__name__ == "image_compressor.ingest.ingestion"
    assert sources.__name__ == "image_compressor.ingest.sources"
