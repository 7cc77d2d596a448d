using System.Text.RegularExpressions;
using Microsoft.Extensions.Options;
using Npgsql;

namespace Realtime.Stores.PostgreSql;

/// <summary>What a commit waits for before the publisher is answered.</summary>
public enum PostgreSqlSynchronous
{
    /// <summary>The server's disk: an acknowledged message survives a crash of the server and a power loss, where the server itself runs with <c>fsync</c>.</summary>
    Full,

    /// <summary>Nothing: a crash of the server may take the messages of its last second, never the consistency of the store.</summary>
    Normal,
}

/// <summary>Settings of the PostgreSQL message store (<c>Realtime:Store</c>). Read while the store is used, so not to be changed.</summary>
public sealed partial class PostgreSqlOptions
{
    /// <summary>
    /// Where the server is and who asks, in Npgsql's form: <c>Host=db;Database=realtime;Username=realtime;Password=…</c>. Required. Of several hosts
    /// the primary one is used. The store's connections have state, so that a pooler in between has to be in session mode.
    /// </summary>
    public string ConnectionString { get; set; } = "";

    /// <summary>
    /// The schema that holds the store's tables, <c>realtime</c> by default; it is created where it is missing. 1–63 lower-case letters, digits and
    /// underscores, first no digit.
    /// </summary>
    public string Schema { get; set; } = "realtime";

    /// <summary>What a commit waits for; <see cref="PostgreSqlSynchronous.Full"/> by default.</summary>
    public PostgreSqlSynchronous Synchronous { get; set; } = PostgreSqlSynchronous.Full;

    /// <summary>The most connections of this node: 2 to 1,000, 20 by default. A quarter of them is kept for appends and trimming. Further calls wait.</summary>
    public int MaxConnections { get; set; } = 20;

    /// <summary>How long a call waits for a free connection, for the server to take the connection, and for its answer: 1 second to 10 minutes, 15 seconds by default.</summary>
    public TimeSpan CommandTimeout { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>What is wrong with the connection string, without repeating any of it: it may hold a password, also where one doesn't expect it.</summary>
    /// <returns>Null when it can be used.</returns>
    internal static string? RefusalOf(string connectionString, out NpgsqlConnectionStringBuilder? parsed)
    {
        parsed = null;
        try
        {
            parsed = new NpgsqlConnectionStringBuilder(connectionString);
        }
        catch (Exception exception) when (exception is ArgumentException or FormatException or InvalidCastException or OverflowException)
        {
            return "Realtime:Store:ConnectionString can't be read: it has to be like 'Host=db;Database=realtime;Username=realtime;Password=…'; "
                + "a value that holds a semicolon has to be in quotation marks.";
        }

        return string.IsNullOrWhiteSpace(parsed.Host)
            ? "Realtime:Store:ConnectionString names no Host: it has to say where the PostgreSQL server is."
            : null;
    }

    internal static bool IsSchema(string? name) =>
        name is not null && SchemaName().IsMatch(name) && !name.StartsWith("pg_", StringComparison.Ordinal) && name != "information_schema";

    [GeneratedRegex(@"\A[a-z_][a-z0-9_]{0,62}\z")]
    private static partial Regex SchemaName();
}

internal sealed class PostgreSqlOptionsValidator : IValidateOptions<PostgreSqlOptions>
{
    private static readonly TimeSpan ShortestTimeout = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestTimeout = TimeSpan.FromMinutes(10);

    public ValidateOptionsResult Validate(string? name, PostgreSqlOptions options)
    {
        var refusals = new ValidateOptionsResultBuilder();
        if (string.IsNullOrWhiteSpace(options.ConnectionString))
            refusals.AddError("Realtime:Store:ConnectionString is empty: it has to say where the PostgreSQL server is.");
        else if (PostgreSqlOptions.RefusalOf(options.ConnectionString, out _) is { } refusal)
            refusals.AddError(refusal);
        if (!PostgreSqlOptions.IsSchema(options.Schema))
        {
            refusals.AddError(
                $"Realtime:Store:Schema is '{options.Schema}': it has to be 1 to 63 lower-case letters, digits and underscores, not begin with a digit or pg_.");
        }

        if (!Enum.IsDefined(options.Synchronous))
            refusals.AddError($"Realtime:Store:Synchronous is {options.Synchronous}: it has to be Full or Normal.");
        if (options.MaxConnections is < 2 or > 1_000)
            refusals.AddError($"Realtime:Store:MaxConnections is {options.MaxConnections}: it has to be from 2 to 1000.");
        if (options.CommandTimeout < ShortestTimeout || options.CommandTimeout > LongestTimeout)
            refusals.AddError($"Realtime:Store:CommandTimeout is {options.CommandTimeout}: it has to be from {ShortestTimeout} to {LongestTimeout}.");
        return refusals.Build();
    }
}
