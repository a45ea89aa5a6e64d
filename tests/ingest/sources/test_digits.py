from image_compressor.ingest.sources import digits


def test_they_are_5000_of_ten_classes():
    source = digits.images()
    images = list(source)
    assert len({image.name for image in images}) == len(images) == len(source) == 5000
    assert {image.label for image in images} == set("0123456789")
    assert all(image.content.shape == (28, 28) for image in images)
