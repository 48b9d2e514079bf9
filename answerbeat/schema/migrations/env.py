"""How Alembic reaches the database: `answerbeat.schema.migrate` hands it an open connection."""

from alembic import context

from answerbeat.schema import Base

context.configure(connection=context.config.attributes["connection"], target_metadata=Base.metadata)

with context.begin_transaction():
    context.run_migrations()
