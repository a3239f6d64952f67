-- Leads: what each says of itself, what its bookings told, and the words under which it is found.
--
-- What was projected before is not read again: `projector rebuild` adds the leads of earlier bookings.

CREATE TABLE leads (
    lead_id           text COLLATE "C" PRIMARY KEY,
    -- Null = it was never registered.
    registered_at     timestamptz,
    -- Its own contact. What it lacks is shown from `from_booking`.
    name              text,
    email             text,
    phone             text,
    locale            text,
    preferred_channel text,
    -- [{"purpose", "channel", "given", "at", "source", "wording"}], the last of each purpose and channel. Never searched.
    consents          jsonb NOT NULL,
    -- {"name" | "email" | "phone" | "locale": {"value", "position"}}: the latest that a booking told. Never searched.
    from_booking      jsonb NOT NULL,
    updated_at        timestamptz NOT NULL,
    -- How often the lead itself has changed, counted from 1; 0 = only its bookings tell of it.
    version           bigint NOT NULL
);
-- No query searches in these columns.
ALTER TABLE leads ALTER COLUMN consents SET STATISTICS 0;
ALTER TABLE leads ALTER COLUMN from_booking SET STATISTICS 0;

CREATE TABLE lead_words (
    lead_id text COLLATE "C" NOT NULL,
    -- Of its name or e-mail address without capitals and accents, or # and the digits of its telephone, last one first.
    word    text COLLATE "C" NOT NULL,
    PRIMARY KEY (lead_id, word)
);
-- A search finds the words that its term begins, in their order.
CREATE INDEX lead_words_by_word ON lead_words (word, lead_id);
