namespace Realtime.Stores.Sqlite.Internal;

/// <summary>Tables of the state file that belong together and know nothing of the others.</summary>
/// <param name="Name">Its name in the file; never changed.</param>
/// <param name="Scripts">Script n makes version n of its tables from the version before, the first from nothing.</param>
internal sealed record StatePart(string Name, IReadOnlyList<string> Scripts);
