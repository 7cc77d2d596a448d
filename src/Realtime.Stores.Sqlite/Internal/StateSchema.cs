using System.Globalization;

namespace Realtime.Stores.Sqlite.Internal;

/// <summary>The parts of the state file, each of a version of its own, and the check that a file is one.</summary>
internal static class StateSchema
{
    /// <summary>Marks the file: "RTst".</summary>
    private const int ApplicationId = 0x52547374;

    private static readonly StatePart[] Parts = [SqlitePushSubscriptionStore.Part, SqliteFollowGraph.Part];

    /// <summary>Makes an empty file a state file, or checks that it is one, and brings every part to the version of this program.</summary>
    internal static void Prepare(Database database)
    {
        var applicationId = Number(database, "PRAGMA application_id");
        if (applicationId != ApplicationId && (applicationId != 0 || Number(database, "SELECT count(*) FROM sqlite_master") > 0))
            throw new RealtimeException($"'{database.Path}' is an SQLite file of something else, not the state of a Realtime store.", isTransient: false);
        database.Write(() =>
        {
            database.Execute("CREATE TABLE IF NOT EXISTS parts (name TEXT PRIMARY KEY, version INTEGER NOT NULL) WITHOUT ROWID");
            // In the same transaction: a file that was killed half-way is still an empty one.
            database.Execute($"PRAGMA application_id = {ApplicationId}");
            foreach (var part in Parts)
                Migrate(database, part);
            return true;
        });
    }

    private static void Migrate(Database database, StatePart part)
    {
        var version = database.For("SELECT version FROM parts WHERE name = ?").Bind(part.Name).One(row => row.Int64(0));
        if (version > part.Scripts.Count)
        {
            throw new RealtimeException(
                $"The part '{part.Name}' of '{database.Path}' has version {version}, which is newer than this program's {part.Scripts.Count}.", isTransient: false);
        }

        foreach (var script in part.Scripts.Skip((int)version))
            database.Execute(script);
        database.For("INSERT OR REPLACE INTO parts (name, version) VALUES (?, ?)").Bind(part.Name).Bind(part.Scripts.Count).Run();
    }

    private static long Number(Database database, string sql) => long.Parse(database.Scalar(sql), CultureInfo.InvariantCulture);
}
