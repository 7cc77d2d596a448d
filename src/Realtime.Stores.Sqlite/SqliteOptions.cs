using Microsoft.Extensions.Options;

namespace Realtime.Stores.Sqlite;

/// <summary>What a commit waits for before the publisher is answered.</summary>
public enum SqliteSynchronous
{
    /// <summary>The disk: an acknowledged message survives a crash of the process and a power loss.</summary>
    Full,

    /// <summary>
    /// The operating system: an acknowledged message survives a crash of the process; a power loss may take the newest ones, never the
    /// consistency of the file.
    /// </summary>
    Normal,
}

/// <summary>Settings of the SQLite message store. Read once, when the store is made.</summary>
public sealed class SqliteOptions
{
    /// <summary>
    /// The file; its folder is created where it is missing. Beside it SQLite keeps <c>-wal</c> and <c>-shm</c>, and the store a
    /// <c>.lock</c> and, with the ending <c>.state.db</c>, a second file for what is not messages. It has to be on a local disk: neither SQLite's nor the store's locks can be trusted over a network.
    /// </summary>
    public string Path { get; set; } = "data/realtime.db";

    /// <summary>What a commit waits for; <see cref="SqliteSynchronous.Full"/> by default.</summary>
    public SqliteSynchronous Synchronous { get; set; } = SqliteSynchronous.Full;

    /// <summary>The most reads that go on at once, each on a connection of its own: 1 to 64, 4 by default. Further reads wait.</summary>
    public int MaxReadConnections { get; set; } = 4;

    /// <summary>The most pages that the file may have; null for no bound. It stands in for a full disk.</summary>
    internal int? MaxPages { get; set; }
}

internal sealed class SqliteOptionsValidator : IValidateOptions<SqliteOptions>
{
    public ValidateOptionsResult Validate(string? name, SqliteOptions options)
    {
        var refusals = new ValidateOptionsResultBuilder();
        if (string.IsNullOrWhiteSpace(options.Path))
            refusals.AddError("Realtime:Store:Path is empty: it has to name the file of the SQLite store.");
        if (!Enum.IsDefined(options.Synchronous))
            refusals.AddError($"Realtime:Store:Synchronous is {options.Synchronous}: it has to be Full or Normal.");
        if (options.MaxReadConnections is < 1 or > 64)
            refusals.AddError($"Realtime:Store:MaxReadConnections is {options.MaxReadConnections}: it has to be from 1 to 64.");
        return refusals.Build();
    }
}
