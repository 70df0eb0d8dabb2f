"""Answers that many threads ask for at once: made by one of them, and kept while there is room."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from functools import partial
from threading import Lock
from typing import Generic, TypeVar

_Key = TypeVar("_Key", bound=Hashable)
_Value = TypeVar("_Value")


class Kept(Generic[_Key, _Value]):
    """Values by key; what was not used for longest goes first.

    Whoever asks for a value while another thread makes it waits for that one. If it fails, all of
    them are told why, and the next one tries again: failures are not kept.
    """

    def __init__(self, room: int, size: Callable[[_Value], int] = lambda _: 1) -> None:
        """Keep nothing yet.

        Parameters
        ----------
        room
            Most that the sizes of what is kept may sum up to.
        size
            Of a value; 1 if absent, so that values are counted.
        """
        self._room = room
        self._size = size
        self._used = 0
        self._lock = Lock()
        self._kept: OrderedDict[_Key, _Value] = OrderedDict()
        self._begun: dict[_Key, Future[_Value]] = {}

    def get(
        self,
        key: _Key,
        make: Callable[[_Value | None], _Value],
        is_enough: Callable[[_Value], bool] = lambda _: True,
    ) -> _Value:
        """Return the value of a key, and make it if it is not kept.

        Parameters
        ----------
        key
            What is asked for.
        make
            Called with what is kept and is not enough, or with nothing. It may ask for other keys,
            but for none whose making asks for this one.
        is_enough
            Whether what is kept, or what another thread made, will do.
        """
        while True:
            with self._lock:
                known = self._kept.get(key)
                if known is not None and is_enough(known):
                    self._kept.move_to_end(key)
                    return known
                theirs = self._begun.get(key)
                ours = self._begun.setdefault(key, Future())
            if theirs is None:
                return self._make(key, partial(make, known), ours)
            if is_enough(found := theirs.result()):
                return found

    def _make(self, key: _Key, make: Callable[[], _Value], promised: "Future[_Value]") -> _Value:
        try:
            found = make()
        except BaseException as error:
            with self._lock:
                del self._begun[key]
            promised.set_exception(error)
            raise
        with self._lock:
            del self._begun[key]
            self._keep(key, found)
        promised.set_result(found)
        return found

    def _keep(self, key: _Key, found: _Value) -> None:
        if key in self._kept:
            self._used -= self._size(self._kept.pop(key))
        self._kept[key] = found
        self._used += self._size(found)
        while self._used > self._room:
            self._used -= self._size(self._kept.popitem(last=False)[1])
