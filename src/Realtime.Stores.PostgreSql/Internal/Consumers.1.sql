-- Version 1 of the part "consumers". @schema stands for the schema's quoted name.

-- Owners of read markers come first in the key, because an inbox is all of one owner; they are bytes, in UTF-8: text can't hold the character 0. A
-- channel that was only written in has no epoch and offset. Times are milliseconds since 1970.
CREATE TABLE @schema.consumers (
    owner bytea NOT NULL,
    channel text COLLATE "C" NOT NULL,
    name text COLLATE "C" NOT NULL,
    epoch bigint,
    "offset" bigint,
    time bigint NOT NULL,
    PRIMARY KEY (owner, channel, name))
    WITH (fillfactor = 70);
