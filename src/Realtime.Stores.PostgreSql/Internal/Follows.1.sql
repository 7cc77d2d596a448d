-- Version 1 of the part "follows". @schema stands for the schema's quoted name.

-- Users are numbers, so that a follow takes some bytes. Times are milliseconds since 1970; a user who was never seen has null. The free space keeps
-- the versions of a row on its page, so that no index has to be touched.
CREATE TABLE @schema.users (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text COLLATE "C" NOT NULL UNIQUE,
    follows bigint NOT NULL DEFAULT 0,
    followers bigint NOT NULL DEFAULT 0,
    seen bigint)
    WITH (fillfactor = 70);

CREATE TABLE @schema.follows (author bigint NOT NULL, follower bigint NOT NULL, PRIMARY KEY (author, follower));

CREATE INDEX follows_follower ON @schema.follows (follower, author);

-- Adds follows, each once. Users are locked by name, so that calls which wait for one another never do so in a circle; whoever changes a follow holds the
-- rows of both its users, so counts are right.
CREATE FUNCTION @schema.add_follows(in_followers text[], in_authors text[], max_follows bigint, OUT added bigint, OUT refused bigint)
LANGUAGE plpgsql AS $function$
BEGIN
    INSERT INTO @schema.users (name)
    SELECT n.name FROM (SELECT DISTINCT unnest(in_followers || in_authors) AS name) n
    WHERE NOT EXISTS (SELECT FROM @schema.users u WHERE u.name = n.name)
    ORDER BY n.name COLLATE "C"
    ON CONFLICT DO NOTHING;

    PERFORM FROM @schema.users u WHERE u.name = ANY (in_followers || in_authors) ORDER BY u.name FOR NO KEY UPDATE;

    WITH asked AS (
        SELECT DISTINCT f.id AS follower, a.id AS author, f.follows
        FROM unnest(in_followers, in_authors) AS e (follower, author)
        JOIN @schema.users f ON f.name = e.follower
        JOIN @schema.users a ON a.name = e.author
        WHERE NOT EXISTS (SELECT FROM @schema.follows x WHERE x.author = a.id AND x.follower = f.id)
    ), made AS (
        INSERT INTO @schema.follows (author, follower)
        SELECT q.author, q.follower FROM asked q WHERE q.follows < max_follows
        RETURNING author, follower
    ), following AS (
        UPDATE @schema.users u SET follows = u.follows + c.follows, followers = u.followers + c.followers
        FROM (
            SELECT s.id, sum(s.follows) AS follows, sum(s.followers) AS followers
            FROM (
                SELECT m.follower AS id, 1 AS follows, 0 AS followers FROM made m
                UNION ALL
                SELECT m.author, 0, 1 FROM made m) s
            GROUP BY s.id) c
        WHERE u.id = c.id
    )
    SELECT (SELECT count(*) FROM made), (SELECT count(*) FROM asked q WHERE q.follows >= max_follows) INTO added, refused;
END
$function$;

CREATE FUNCTION @schema.remove_follow(in_follower text, in_author text) RETURNS boolean
LANGUAGE plpgsql AS $function$
DECLARE
    follower_id bigint;
    author_id bigint;
BEGIN
    PERFORM FROM @schema.users u WHERE u.name IN (in_follower, in_author) ORDER BY u.name FOR NO KEY UPDATE;
    SELECT u.id INTO follower_id FROM @schema.users u WHERE u.name = in_follower;
    SELECT u.id INTO author_id FROM @schema.users u WHERE u.name = in_author;
    DELETE FROM @schema.follows f WHERE f.author = author_id AND f.follower = follower_id;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    UPDATE @schema.users u SET follows = u.follows - 1 WHERE u.id = follower_id;
    UPDATE @schema.users u SET followers = u.followers - 1 WHERE u.id = author_id;
    RETURN true;
END
$function$;
