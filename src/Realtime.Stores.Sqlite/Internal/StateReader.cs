namespace Realtime.Stores.Sqlite.Internal;

/// <summary>A connection that only reads the state file. For one thread at a time.</summary>
internal sealed class StateReader : IDisposable
{
    internal StateReader(string path)
    {
        Database = Database.Open(path);
        try
        {
            Database.Execute("PRAGMA query_only = 1");
        }
        catch
        {
            Database.Dispose();
            throw;
        }
    }

    internal Database Database { get; }

    public void Dispose() => Database.Dispose();
}
