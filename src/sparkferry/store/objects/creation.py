"""Creating an object once, whatever happens to the answer."""

from sparkferry.http.message import Request, Response
from sparkferry.http.retry import AgainError
from sparkferry.store.objects.connection import Connection


class Creation:
    """Creates the object ``name``, which carries ``mark``, where none is.

    After an answer that got lost, the mark tells whether the object that is there is this one.
    """

    def __init__(self, connection: Connection, name: str, mark: str) -> None:
        self._connection, self._name, self._mark = connection, name, mark
        self._service = connection.service
        self._unclear = False

    def run(self, call: Request) -> bool:
        """Send ``call``, which creates it; return whether it was created.

        :raises ExternalError: the service refuses, or stays out of reach.
        """
        answer = self._connection.persist(call.action, lambda: self._attempt(call))
        match self._service.meaning(answer):
            case "done":
                return True
            case "taken":
                return self._unclear and self.is_mine()
            case _ if self._unclear and self.is_mine():
                return True
            case _:
                raise self._connection.refusal("write", call, answer)

    def is_mine(self) -> bool:
        """Return whether the object is there and was created by this very call."""
        answer = self._connection.ask(self._service.look(self._name))
        if self._service.meaning(answer) != "done":
            return False
        return self._service.head(answer).mark == self._mark

    def _attempt(self, call: Request) -> Response:
        try:
            answer = self._connection.attempt(call)
        except AgainError:
            self._unclear = True
            raise
        if self._service.meaning(answer) == "again":
            raise AgainError("another client was writing it at the same time")
        return answer
