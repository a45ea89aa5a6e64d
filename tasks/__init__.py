"""The stages of dvc.yaml; each reads params.yaml, calls the library and writes its outputs."""
