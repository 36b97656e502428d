"""LightGBM through its C interface: one row in microseconds, and no import of the Python package (it brings pandas).

The single-row-fast calls parse the configuration once. They are made with the interpreter's lock held (`PyDLL`): they take
microseconds, and giving the lock away and back would cost as much. A batch gives it away. Both use one thread, and add the
trees in the same order: the same bits.
"""

import ctypes
import weakref
from array import array
from collections.abc import Mapping
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from millwright.errors import PackageRefused, Unavailable
from millwright.models.lightgbm_text import FILE, check_text
from millwright.models.model_file import model_file

_FLOAT64 = 1
_ROW_MAJOR = 1
_RAW_SCORE = 1
_CONTRIBUTIONS = 3
_SPLITS = 0
_ALL = -1
_SETTINGS = b"num_threads=1 verbosity=-1"
_LIBRARIES = ("lib/lib_lightgbm.so", "lib/lib_lightgbm.dylib", "bin/lib_lightgbm.dll", "lib_lightgbm.so")

_handle, _int, _long, _text = ctypes.c_void_p, ctypes.c_int, ctypes.c_int64, ctypes.c_char_p
_PROTOTYPES: Mapping[str, tuple[Any, ...]] = {
    "LGBM_BoosterLoadModelFromString": (_text, ctypes.POINTER(_int), ctypes.POINTER(_handle)),
    "LGBM_BoosterFree": (_handle,),
    "LGBM_BoosterGetNumFeature": (_handle, ctypes.POINTER(_int)),
    "LGBM_BoosterGetNumClasses": (_handle, ctypes.POINTER(_int)),
    "LGBM_BoosterPredictForMat": (
        *(_handle, ctypes.c_void_p, _int, ctypes.c_int32, ctypes.c_int32, _int),
        *(_int, _int, _int, _text, ctypes.POINTER(_long), ctypes.c_void_p),
    ),
    "LGBM_BoosterPredictForMatSingleRowFastInit": (
        *(_handle, _int, _int, _int, _int, ctypes.c_int32),
        *(_text, ctypes.POINTER(_handle)),
    ),
    "LGBM_FastConfigFree": (_handle,),
    "LGBM_BoosterFeatureImportance": (_handle, _int, _int, ctypes.c_void_p),
}


class LightGBMEvaluator:
    """Raw scores of a LightGBM model, in one thread. Safe to call from several threads."""

    together_from = 8

    def __init__(self, text: bytes) -> None:
        check_text(text)
        library = _library()
        self._booster = _load(library, text)
        weakref.finalize(self, library.LGBM_BoosterFree, self._booster)
        self.width = _asked(library.LGBM_BoosterGetNumClasses, self._booster)
        self.features = _asked(library.LGBM_BoosterGetNumFeature, self._booster)
        self._fast = _prepare(library, self._booster, self.features)
        weakref.finalize(self, library.LGBM_FastConfigFree, self._fast)  # the latest finalizer runs first
        self._library = library
        self._predict_row = _row_call()
        self._scores = ctypes.c_double * self.width

    @classmethod
    def load(cls, files: Mapping[str, bytes]) -> "LightGBMEvaluator":
        """From the files of a fitted model. Raises PackageRefused."""
        return cls(model_file(files, FILE))

    def row(self, vector: "array[float]") -> list[float]:
        """Raw scores of one row; see Evaluator. Raises ValueError for a vector of another length."""
        address, length = vector.buffer_info()
        if length != self.features or vector.typecode != "d":
            raise ValueError(f"the model takes {self.features} float64 features, got {length} of type {vector.typecode}")
        scores, written = self._scores(), _long()
        if self._predict_row(self._fast, address, ctypes.byref(written), scores):
            raise PackageRefused(_last_error(self._library))
        return list(scores)

    def batch(self, X: NDArray[Any]) -> NDArray[Any]:
        """Raw scores, shape (n, width), of features of shape (n, features). Raises ValueError for another width."""
        rows, columns = X.shape
        if columns != self.features:
            raise ValueError(f"the model takes {self.features} features, got {columns}")
        return self._predict(X, _RAW_SCORE, np.empty((rows, self.width)))

    def contributions(self, X: NDArray[Any]) -> NDArray[Any]:
        """TreeSHAP values (Lundberg, Erion & Lee 2018); see Explains. A millisecond or more a row."""
        return self._predict(X, _CONTRIBUTIONS, np.empty((len(X), self.width, self.features + 1)))

    def used(self) -> frozenset[int]:
        """The features that a tree splits on."""
        splits = np.zeros(self.features)
        _ok(self._library, self._library.LGBM_BoosterFeatureImportance(self._booster, _ALL, _SPLITS, splits.ctypes.data))
        return frozenset(np.flatnonzero(splits).tolist())

    def _predict(self, X: NDArray[Any], kind: int, found: NDArray[Any]) -> NDArray[Any]:
        """Fill `found`, whose first axis are the rows of X."""
        values, written = np.ascontiguousarray(X, dtype=np.float64), _long()
        if len(X):
            state = self._library.LGBM_BoosterPredictForMat(
                *(self._booster, values.ctypes.data, _FLOAT64, len(X), self.features, _ROW_MAJOR),
                *(kind, 0, _ALL, _SETTINGS, ctypes.byref(written), found.ctypes.data),
            )
            _ok(self._library, state)
        return found


def _load(library: ctypes.CDLL, text: bytes) -> ctypes.c_void_p:
    booster, rounds = _handle(), _int()
    _ok(library, library.LGBM_BoosterLoadModelFromString(text, ctypes.byref(rounds), ctypes.byref(booster)))
    return booster


def _prepare(library: ctypes.CDLL, booster: ctypes.c_void_p, features: int) -> ctypes.c_void_p:
    fast = _handle()
    prepare = library.LGBM_BoosterPredictForMatSingleRowFastInit
    _ok(library, prepare(booster, _RAW_SCORE, 0, _ALL, _FLOAT64, features, _SETTINGS, ctypes.byref(fast)))
    return fast


def _asked(question: Any, booster: ctypes.c_void_p) -> int:
    answer = _int()
    _ok(_library(), question(booster, ctypes.byref(answer)))
    return answer.value


def _ok(library: ctypes.CDLL, state: int) -> None:
    if state:
        raise PackageRefused(f"LightGBM: {_last_error(library)}", where=FILE)


def _last_error(library: ctypes.CDLL) -> str:
    library.LGBM_GetLastError.restype = _text
    message: bytes = library.LGBM_GetLastError()
    return message.decode(errors="replace")


@cache
def _library() -> ctypes.CDLL:
    library = ctypes.CDLL(_path())
    for name, arguments in _PROTOTYPES.items():
        getattr(library, name).argtypes = arguments
    return library


@cache
def _row_call() -> Any:
    call = ctypes.PyDLL(_path()).LGBM_BoosterPredictForMatSingleRowFast
    call.argtypes = (_handle, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p)
    return call


@cache
def _path() -> str:
    """Where the installed LightGBM keeps its library; the package itself is not imported."""
    spec = find_spec("lightgbm")
    places = (spec.submodule_search_locations if spec else None) or ()
    for path in (Path(place) / name for place in places for name in _LIBRARIES):
        if path.is_file():
            return str(path)
    raise Unavailable("LightGBM's library is not installed", fix="pip install lightgbm")
