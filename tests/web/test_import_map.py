from image_compressor.web import assets


def test_every_module_is_in_the_map_and_none_is_large():
    imports = assets.import_map()["imports"]
    assert imports.keys() == {f"imgc/{path.name}" for path in assets.WEB.glob("*.js")}
    assert sum(map(len, imports.values())) < 100_000
