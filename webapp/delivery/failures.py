"""Why a message did not go: the person's address, the service, or nobody knows."""


class DeliveryError(Exception):
    """A message that did not go. Its text holds no address and nothing of what a service said."""


class Undeliverable(DeliveryError):
    """The address takes nothing, now or later."""


class Postponed(DeliveryError):
    """This address takes nothing now: try it again later. Others may be tried meanwhile."""


class Unavailable(DeliveryError):
    """The service takes nothing from anybody now: stop, and try again later."""


class Uncertain(DeliveryError):
    """The service had the whole message and did not say that it took it: it may have gone."""
