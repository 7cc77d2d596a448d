using System.Globalization;
using Realtime.Channels;

namespace Realtime.Stores.Sqlite.Internal;

/// <summary>The tables of the store, and the check that a file is one.</summary>
internal static class Schema
{
    /// <summary>Marks the file as a message store, for the store itself and for <c>file(1)</c>: "RTms".</summary>
    private const int ApplicationId = 0x52546d73;

    private const int Version = 1;

    // A message's place in the file is its channel and offset in one integer, so appends to a channel go to the end of its range. Ids are
    // indexed before channels: the ids that a server makes grow with time, so theirs go to the end of the index, whatever the channel.
    private const string Tables = """
        CREATE TABLE meta (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
        CREATE TABLE channels (
            id INTEGER PRIMARY KEY,
            name TEXT NOT NULL UNIQUE,
            epoch INTEGER NOT NULL,
            oldest INTEGER NOT NULL,
            oldest_time INTEGER NOT NULL,
            first INTEGER NOT NULL,
            head INTEGER NOT NULL);
        CREATE TABLE messages (
            key INTEGER PRIMARY KEY,
            channel INTEGER NOT NULL,
            id TEXT NOT NULL,
            type TEXT NOT NULL,
            user TEXT NOT NULL,
            time INTEGER NOT NULL,
            data BLOB NOT NULL);
        CREATE UNIQUE INDEX messages_id ON messages (id, channel);
        """;

    /// <summary>Makes an empty file a store, or checks that it is one that this version can read.</summary>
    /// <returns>The store's epoch.</returns>
    internal static Epoch Prepare(Database database)
    {
        var applicationId = Number(database, "PRAGMA application_id");
        if (applicationId != ApplicationId && (applicationId != 0 || Number(database, "SELECT count(*) FROM sqlite_master") > 0))
        {
            throw new RealtimeException(
                $"'{database.Path}' is an SQLite file of something else, not a Realtime store.", isTransient: false);
        }

        if (applicationId == 0)
            database.Write(() => Create(database));

        var version = Number(database, "SELECT value FROM meta WHERE name = 'version'");
        if (version != Version)
        {
            throw new RealtimeException(
                $"The message store '{database.Path}' has schema version {version}, which is newer than this program's {Version}.",
                isTransient: false);
        }

        return new Epoch((uint)Number(database, "SELECT value FROM meta WHERE name = 'epoch'"));
    }

    private static long Number(Database database, string sql) => long.Parse(database.Scalar(sql), CultureInfo.InvariantCulture);

    private static bool Create(Database database)
    {
        database.Execute(Tables);
        database.Execute($"INSERT INTO meta (name, value) VALUES ('version', {Version}), ('epoch', {Epoch.Create().Value})");
        // In the same transaction: a file that was killed half-way is still an empty one.
        database.Execute($"PRAGMA application_id = {ApplicationId}");
        return true;
    }
}
