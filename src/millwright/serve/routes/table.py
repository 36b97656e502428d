"""The table of routes: ours, the ecosystem's, and those that Vertex AI names in the environment."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from millwright.errors import Unavailable
from millwright.serve.access import Permission
from millwright.serve.dialects.instances import INSTANCES
from millwright.serve.dialects.invocations import INVOCATIONS
from millwright.serve.plane import Plane
from millwright.serve.router import Route
from millwright.serve.routes.asking import Asking
from millwright.serve.routes.ecosystem import EcosystemRoutes
from millwright.serve.routes.own import OwnRoutes


@dataclass(frozen=True, slots=True)
class Vertex:
    """The routes that Vertex AI asks of a container, where there is one: AIP_HEALTH_ROUTE and AIP_PREDICT_ROUTE."""

    health: str = ""
    predict: str = ""


NO_VERTEX = Vertex()


def all_routes(plane: Plane, vertex: Vertex = NO_VERTEX) -> Sequence[Route]:
    """Every route. A path that is there already serves Vertex too; raises Unavailable where it speaks another protocol."""
    asking = Asking(plane)
    ecosystem = EcosystemRoutes(plane, asking)
    own = [*OwnRoutes(plane, asking).all(), *ecosystem.all()]
    return [*own, *_of_vertex(vertex, own, asking, ecosystem)]


def _of_vertex(vertex: Vertex, own: Sequence[Route], asking: Asking, ecosystem: EcosystemRoutes) -> Iterator[Route]:
    taken = {(route.method, route.path): route for route in own}
    for_vertex = taken.get(("POST", vertex.predict))
    if for_vertex is not None and for_vertex.refuse not in (INSTANCES.refuse, INVOCATIONS.refuse):
        raise Unavailable(
            f"{vertex.predict} does not speak Vertex AI's protocol",
            where="AIP_PREDICT_ROUTE",
            fix="name another route, such as /invocations",
        )
    if vertex.health and ("GET", vertex.health) not in taken:
        yield Route("GET", vertex.health, Permission.ASK_HEALTH, ecosystem.ping, INSTANCES.refuse, "ping")
    if vertex.predict and for_vertex is None:
        yield asking.route(vertex.predict, INSTANCES, "vertex")
