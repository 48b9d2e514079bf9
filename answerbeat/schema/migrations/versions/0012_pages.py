"""Cited pages and engines' searches are summed by day and week, and a page's kind can be said by hand.

What is stored already is counted anew; of answers that retention took, pages and searches are not known.
"""

from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

PAGES = """
-- A page that answers of a brand cite or cited, in one spelling. Rows stay when nothing cites it any more.
CREATE TABLE pages (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    customer_id  uuid NOT NULL,
    brand_id     uuid NOT NULL REFERENCES brands (id) ON DELETE CASCADE,
    -- SHA-256 of the address, which may be longer than an entry of an index.
    digest       bytea NOT NULL,
    url          text NOT NULL,
    -- The fullest that any answer gave it.
    title        text,
    -- Without "www."
    host         text NOT NULL,
    domain       text NOT NULL,
    CONSTRAINT uq_pages UNIQUE (customer_id, brand_id, digest)
);

CREATE TABLE page_rollups (
    customer_id  uuid NOT NULL,
    brand_id     uuid NOT NULL REFERENCES brands (id) ON DELETE CASCADE,
    grain        text NOT NULL,
    -- The day, or the Monday of the week.
    starts_on    date NOT NULL,
    cell_id      bigint NOT NULL REFERENCES cells (id) ON DELETE CASCADE,
    page_id      bigint NOT NULL REFERENCES pages (id) ON DELETE CASCADE,
    owner        text,
    answers      integer NOT NULL,
    citations    integer NOT NULL,
    PRIMARY KEY (customer_id, brand_id, grain, starts_on, cell_id, page_id),
    CONSTRAINT ck_page_rollups_grain CHECK (grain IN ('day', 'week'))
);
CREATE INDEX ix_page_rollups_cell ON page_rollups (cell_id, starts_on);
CREATE INDEX ix_page_rollups_page ON page_rollups (page_id, grain, starts_on);

-- What a page is, or all pages of a host or a registrable domain, as a person says.
CREATE TABLE page_kinds (
    customer_id  uuid NOT NULL,
    brand_id     uuid NOT NULL REFERENCES brands (id) ON DELETE CASCADE,
    -- SHA-256 of the address or the domain.
    digest       bytea NOT NULL,
    url          text,
    domain       text,
    kind         text NOT NULL,
    set_by       text NOT NULL,
    set_at       timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (customer_id, brand_id, digest),
    CONSTRAINT ck_page_kinds_what CHECK ((url IS NULL) <> (domain IS NULL)),
    CONSTRAINT ck_page_kinds_kind
        CHECK (kind IN ('own', 'competitor', 'press', 'forum', 'shop', 'reference', 'other'))
);

-- Pages with what a person says of them: of the page itself, else of its host, else of its domain.
CREATE VIEW known_pages AS
SELECT page.*,
       coalesce(
           (SELECT kind FROM page_kinds AS said
            WHERE said.customer_id = page.customer_id AND said.brand_id = page.brand_id
              AND said.digest = page.digest),
           (SELECT kind FROM page_kinds AS said
            WHERE said.customer_id = page.customer_id AND said.brand_id = page.brand_id
              AND said.digest = sha256(convert_to(page.host, 'UTF8'))),
           (SELECT kind FROM page_kinds AS said
            WHERE said.customer_id = page.customer_id AND said.brand_id = page.brand_id
              AND said.digest = sha256(convert_to(page.domain, 'UTF8')))
       ) AS kind_by_hand
FROM pages AS page;

-- What a page is: as a person says, else by whose it is, else by the list of sites.
CREATE FUNCTION page_kind(by_hand text, owner text, brand_name text, by_list text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN coalesce(
    by_hand,
    CASE WHEN owner = brand_name THEN 'own' WHEN owner IS NOT NULL THEN 'competitor' END,
    by_list,
    'other');
"""

SEARCHES = """
-- A search that engines made to answer a brand's questions, without regard to case and white space.
CREATE TABLE searches (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    customer_id  uuid NOT NULL,
    brand_id     uuid NOT NULL REFERENCES brands (id) ON DELETE CASCADE,
    -- SHA-256 of its spelling.
    digest       bytea NOT NULL,
    -- As it was first written.
    text         text NOT NULL,
    CONSTRAINT uq_searches UNIQUE (customer_id, brand_id, digest)
);

CREATE TABLE search_rollups (
    customer_id  uuid NOT NULL,
    brand_id     uuid NOT NULL REFERENCES brands (id) ON DELETE CASCADE,
    grain        text NOT NULL,
    starts_on    date NOT NULL,
    cell_id      bigint NOT NULL REFERENCES cells (id) ON DELETE CASCADE,
    search_id    bigint NOT NULL REFERENCES searches (id) ON DELETE CASCADE,
    -- Answers for which it was made, and how often.
    answers      integer NOT NULL,
    times        integer NOT NULL,
    PRIMARY KEY (customer_id, brand_id, grain, starts_on, cell_id, search_id),
    CONSTRAINT ck_search_rollups_grain CHECK (grain IN ('day', 'week'))
);
CREATE INDEX ix_search_rollups_cell ON search_rollups (cell_id, starts_on);
CREATE INDEX ix_search_rollups_search ON search_rollups (search_id, grain, starts_on);
"""

DUE = """
INSERT INTO rollups_due (brand_id, query_id, collector, day)
SELECT brand_id, query_id, collector, day FROM collector_results
EXCEPT
SELECT brand_id, query_id, collector, day FROM rollups_due;
"""

BACK = """
DROP TABLE search_rollups, searches;
DROP VIEW known_pages;
DROP TABLE page_rollups, pages, page_kinds;
DROP FUNCTION page_kind;
"""


def upgrade() -> None:
    """Adds them, and has all answers counted."""
    for part in (PAGES, SEARCHES, DUE):
        op.execute(part)


def downgrade() -> None:
    """Drops them."""
    op.execute(BACK)
