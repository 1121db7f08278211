"""The schema that the migrations build is the schema that the code maps."""

import migrations
from surveys.database import Database


def test_the_schema_is_what_the_classes_map(database: Database) -> None:
    migrations.drift(database.engine)
    assert not migrations.behind(database.engine)


def test_down_and_up_again(database: Database) -> None:
    migrations.downgrade(database.engine, "base")
    assert migrations.behind(database.engine)
    migrations.upgrade(database.engine)
    migrations.drift(database.engine)
