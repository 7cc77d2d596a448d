-- Version 1 of the part "push-subscriptions". @schema stands for the schema's quoted name.

-- Endpoints may be longer than an entry of an index, so their hashes (SHA-256) stand for them. Users are bytes, in UTF-8: text can't hold
-- the character 0. Times are milliseconds since 1970.
CREATE TABLE @schema.push_subscriptions (
    endpoint_hash bytea PRIMARY KEY,
    endpoint text COLLATE "C" NOT NULL,
    "user" bytea NOT NULL,
    public_key bytea NOT NULL,
    auth_secret bytea NOT NULL,
    expires bigint,
    registered bigint NOT NULL);

CREATE INDEX push_subscriptions_user ON @schema.push_subscriptions ("user", registered);
