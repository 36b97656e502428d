"""A version in other people's forms: a container with its manifests, an MLflow model, an ONNX graph."""
