"""How the properties of the core are searched for counterexamples."""

from hypothesis import HealthCheck, settings

# The same examples in every run: a red build is always about the change, never about luck
settings.register_profile(
    "hoert",
    derandomize=True,
    deadline=None,
    max_examples=60,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("hoert")
