using System.ComponentModel.DataAnnotations;
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
    /// The file; its folder is created where it is missing. Beside it SQLite keeps <c>-wal</c> and <c>-shm</c>, and the store a <c>.lock</c>.
    /// It has to be on a local disk: neither SQLite's nor the store's locks can be trusted over a network.
    /// </summary>
    [Required(ErrorMessage = "Realtime:Store:Path is empty, it has to name the file of the SQLite store.")]
    public string Path { get; set; } = "data/realtime.db";

    /// <summary>What a commit waits for; <see cref="SqliteSynchronous.Full"/> by default.</summary>
    [EnumDataType(typeof(SqliteSynchronous), ErrorMessage = "Realtime:Store:Synchronous has to be Full or Normal.")]
    public SqliteSynchronous Synchronous { get; set; } = SqliteSynchronous.Full;

    /// <summary>The most reads that go on at once, each on a connection of its own; 4 by default. Further reads wait.</summary>
    [Range(1, 64, ErrorMessage = "Realtime:Store:MaxReadConnections has to be from 1 to 64.")]
    public int MaxReadConnections { get; set; } = 4;

    /// <summary>The most pages that the file may have; null for no bound. It stands in for a full disk.</summary>
    internal int? MaxPages { get; set; }
}

[OptionsValidator]
internal sealed partial class SqliteOptionsValidator : IValidateOptions<SqliteOptions>;
