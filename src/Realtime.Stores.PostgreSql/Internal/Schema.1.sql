-- Version 1 of the schema. @schema stands for the schema's quoted name.

CREATE TABLE @schema.meta (
    name text COLLATE "C" PRIMARY KEY,
    value bigint NOT NULL);

CREATE TABLE @schema.secrets (
    name text COLLATE "C" PRIMARY KEY,
    value bytea NOT NULL);

-- One row for each channel that anything was ever appended to. Whoever changes a channel locks its row first, so appends to one channel
-- follow one another, on whatever node. The free space keeps the versions of a row on its page, so that no index has to be touched.
CREATE TABLE @schema.channels (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text COLLATE "C" NOT NULL UNIQUE,
    -- The oldest message that is held at all, and its time; those before "first" are trimmed, and held so that their ids are recognised.
    oldest bigint NOT NULL DEFAULT 1,
    oldest_time bigint NOT NULL DEFAULT 9223372036854775807,
    first bigint NOT NULL DEFAULT 1,
    head bigint NOT NULL DEFAULT 0,
    newest_time bigint NOT NULL DEFAULT (-9223372036854775808)::bigint)
    WITH (fillfactor = 50);

-- Users are bytes, in UTF-8: text can't hold the character 0. Times are milliseconds since 1970.
CREATE TABLE @schema.messages (
    channel bigint NOT NULL,
    "offset" bigint NOT NULL,
    time bigint NOT NULL,
    id text COLLATE "C" NOT NULL,
    type text COLLATE "C" NOT NULL,
    "user" bytea NOT NULL,
    data bytea NOT NULL,
    PRIMARY KEY (channel, "offset"));

-- Ids before channels: the ids that a server makes grow with time, so theirs go to the end of the index, whatever the channel.
CREATE UNIQUE INDEX messages_id ON @schema.messages (id, channel);

-- Appends a batch. Channels are given once each, ascending by name, and so are they inserted and then locked: batches that wait for one
-- another always do so in that order, and never in a circle. New channels come before any lock, because waiting for another's insert
-- while holding a lock would break the order. Each statement sees what was committed before it began, so what is read after the lock is
-- what the last append to the channel left.
CREATE FUNCTION @schema.append(
    channel_names text[],
    max_messages bigint[],
    -- For each draft: its channel's place in channel_names, from 1. No id twice in a channel.
    draft_channels integer[],
    draft_ids text[],
    draft_types text[],
    draft_users bytea[],
    draft_times bigint[],
    draft_data bytea[],
    OUT epoch bigint,
    -- For each channel: what it was before the batch. What it is after follows from that and the known drafts.
    OUT firsts bigint[],
    OUT heads bigint[],
    OUT newest_times bigint[],
    -- The places of drafts whose ids are known, from 1, and the messages that have them; null when there is none.
    OUT known integer[],
    OUT known_offsets bigint[],
    OUT known_times bigint[],
    OUT known_types text[],
    OUT known_users bytea[],
    OUT known_data bytea[])
LANGUAGE plpgsql AS $function$
DECLARE
    channel_ids bigint[];
BEGIN
    IF (SELECT count(*) FROM @schema.channels c WHERE c.name = ANY (channel_names)) < cardinality(channel_names) THEN
        INSERT INTO @schema.channels (name)
        SELECT n.name FROM unnest(channel_names) AS n (name)
        WHERE NOT EXISTS (SELECT FROM @schema.channels c WHERE c.name = n.name)
        ORDER BY n.name COLLATE "C"
        ON CONFLICT DO NOTHING;
    END IF;

    SELECT array_agg(l.id), array_agg(l.first), array_agg(l.head), array_agg(l.newest_time)
    INTO channel_ids, firsts, heads, newest_times
    FROM (
        SELECT c.id, c.first, c.head, c.newest_time FROM @schema.channels c
        WHERE c.name = ANY (channel_names)
        ORDER BY c.name
        FOR NO KEY UPDATE) l;

    SELECT array_agg(d.place), array_agg(m."offset"), array_agg(m.time), array_agg(m.type), array_agg(m."user"), array_agg(m.data)
    INTO known, known_offsets, known_times, known_types, known_users, known_data
    FROM unnest(draft_channels, draft_ids) WITH ORDINALITY AS d (channel, id, place)
    JOIN @schema.messages m ON m.id = d.id AND m.channel = channel_ids[d.channel];

    SELECT m.value INTO epoch FROM @schema.meta m WHERE m.name = 'epoch';
    IF cardinality(known) = cardinality(draft_ids) THEN
        RETURN;
    END IF;

    INSERT INTO @schema.messages (channel, "offset", time, id, type, "user", data)
    SELECT
        channel_ids[d.channel],
        heads[d.channel] + row_number() OVER (PARTITION BY d.channel ORDER BY d.place),
        GREATEST(d.time, newest_times[d.channel]),
        d.id, d.type, d."user", d.data
    FROM unnest(draft_channels, draft_times, draft_ids, draft_types, draft_users, draft_data) WITH ORDINALITY
        AS d (channel, time, id, type, "user", data, place)
    WHERE known IS NULL OR d.place <> ALL (known);

    UPDATE @schema.channels c SET
        head = c.head + n.count,
        first = GREATEST(c.first, c.head + n.count - max_messages[n.channel] + 1),
        newest_time = GREATEST(c.newest_time, n.newest_time),
        oldest_time = CASE WHEN c.oldest > c.head THEN GREATEST(c.newest_time, n.oldest_time) ELSE c.oldest_time END
    FROM (
        SELECT d.channel, count(*) AS count, min(d.time) AS oldest_time, max(d.time) AS newest_time
        FROM unnest(draft_channels, draft_times) WITH ORDINALITY AS d (channel, time, place)
        WHERE known IS NULL OR d.place <> ALL (known)
        GROUP BY d.channel) n
    WHERE c.id = channel_ids[n.channel];
END
$function$;

-- The first offset from low on whose message is not before the time; high when there is none below it. Times do not decrease within a
-- channel, so a handful of rows tells, and no index of times is needed.
CREATE FUNCTION @schema.find_offset(in_channel bigint, low bigint, high bigint, since bigint) RETURNS bigint
LANGUAGE plpgsql STABLE AS $function$
DECLARE
    middle bigint;
    middle_time bigint;
BEGIN
    WHILE low < high LOOP
        middle := low + (high - low) / 2;
        SELECT m.time INTO middle_time FROM @schema.messages m WHERE m.channel = in_channel AND m."offset" = middle;
        IF middle_time IS NULL THEN
            RAISE 'Message % of channel % is missing.', middle, in_channel USING ERRCODE = 'data_corrupted';
        END IF;
        IF middle_time < since THEN
            low := middle + 1;
        ELSE
            high := middle;
        END IF;
    END LOOP;
    RETURN low;
END
$function$;

-- Does one step of trimming: as many of the channels, which are given ascending by name, as fit in the budget of rows to delete.
CREATE FUNCTION @schema.trim(
    channel_names text[],
    -- For each channel: its bound, and the time before which its messages are too old.
    max_messages bigint[],
    keep_from bigint[],
    -- Trimmed messages from before this need not be remembered.
    forget_before bigint,
    budget integer,
    OUT epoch bigint,
    -- How many of the channels are done; null when another node is trimming.
    OUT done integer,
    -- The places of the channels whose first offset moved, from 1, and their state after it; null when there is none.
    OUT moved integer[],
    OUT moved_firsts bigint[],
    OUT moved_heads bigint[])
LANGUAGE plpgsql AS $function$
DECLARE
    c @schema.channels%ROWTYPE;
    place integer;
    new_first bigint;
    first_time bigint;
    deleted bigint;
BEGIN
    IF NOT pg_try_advisory_xact_lock(hashtextextended('realtime trim ' || '@schema', 0)) THEN
        RETURN;
    END IF;

    SELECT m.value INTO epoch FROM @schema.meta m WHERE m.name = 'epoch';
    done := 0;
    WHILE done < cardinality(channel_names) AND budget > 0 LOOP
        place := done + 1;
        -- Channels without anything to delete count as well: they may be many, too.
        budget := budget - 1;
        SELECT * INTO c FROM @schema.channels l WHERE l.name = channel_names[place] FOR NO KEY UPDATE;
        new_first := GREATEST(c.first, c.head - max_messages[place] + 1);
        -- The oldest message mostly tells already, and else the first one: looking further is for channels that have something to trim.
        IF c.oldest_time < keep_from[place] AND new_first <= c.head THEN
            new_first := @schema.find_offset(c.id, new_first, c.head + 1, keep_from[place]);
        END IF;
        IF new_first > c.first THEN
            moved := moved || place;
            moved_firsts := moved_firsts || new_first;
            moved_heads := moved_heads || c.head;
        END IF;

        deleted := 0;
        IF c.oldest_time < forget_before AND c.oldest < new_first AND budget > 0 THEN
            DELETE FROM @schema.messages m
            WHERE m.channel = c.id AND m."offset" >= c.oldest AND m."offset" < LEAST(new_first, c.oldest + budget) AND m.time < forget_before;
            GET DIAGNOSTICS deleted = ROW_COUNT;
            budget := budget - deleted;
            c.oldest := c.oldest + deleted;
            c.oldest_time := 9223372036854775807;
            SELECT m.time INTO first_time FROM @schema.messages m WHERE m.channel = c.id AND m."offset" = c.oldest;
            IF FOUND THEN
                c.oldest_time := first_time;
            END IF;
        END IF;
        IF new_first > c.first OR deleted > 0 THEN
            UPDATE @schema.channels l SET first = new_first, oldest = c.oldest, oldest_time = c.oldest_time WHERE l.id = c.id;
        END IF;
        IF budget > 0 THEN
            done := done + 1;
        END IF;
    END LOOP;
END
$function$;
