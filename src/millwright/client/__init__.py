"""Ask a running server from Python: `Client` and `AsyncClient`. Light: nothing of the server, nothing heavy.

>>> from millwright.client import Client
>>> with Client("http://127.0.0.1:8080") as client:    # doctest: +SKIP
...     client.predict_one({"carrier": "UA"}).probability
0.24
"""

from millwright.client.answers import Column, LabelResult, Prediction, Predictions, Readiness, Served
from millwright.client.asking import Client
from millwright.client.asking_async import AsyncClient
from millwright.client.failures import ClientError, RequestRefused, ServerUnreachable
from millwright.client.patience import Retries

__all__ = [
    "AsyncClient",
    "Client",
    "ClientError",
    "Column",
    "LabelResult",
    "Prediction",
    "Predictions",
    "Readiness",
    "RequestRefused",
    "Retries",
    "Served",
    "ServerUnreachable",
]
