using System.Security.Authentication;
using StackExchange.Redis;

namespace Realtime.Stores.Redis.Internal;

/// <summary>Where Redis is and how to connect to it. Passwords are in what <see cref="Configure"/> gives alone, never in a text.</summary>
internal sealed class RedisAddress
{
    internal const string Setting = "Realtime:Redis:ConnectionString";

    private const string Example = "it has to be like 'host:6379,password=…'.";

    /// <summary>A call that takes longer is worth less than pulling the posts.</summary>
    private const int TimeoutMilliseconds = 2_000;

    private const int KeepAliveSeconds = 5;
    private const int ReconnectMilliseconds = 1_000;

    private readonly string _connectionString;

    private RedisAddress(string connectionString)
    {
        _connectionString = connectionString;
        // Only what stands before the first option: a comma in a password would make its rest look like a server.
        var servers = connectionString.Split(',', StringSplitOptions.TrimEntries).TakeWhile(part => !part.Contains('=')).Where(part => part.Length > 0);
        Servers = string.Join(", ", servers) is { Length: > 0 } named ? $"Redis at {named}" : "Redis";
    }

    /// <summary><c>Redis at host:port</c>, for people.</summary>
    internal string Servers { get; }

    /// <summary>Reads a connection string.</summary>
    /// <exception cref="RealtimeException">It can't be read.</exception>
    internal static RedisAddress Parse(string connectionString) => Refusal(connectionString) is { } refusal
        ? throw new RealtimeException($"{Setting} {refusal}", isTransient: false)
        : new RedisAddress(connectionString);

    /// <summary>What is wrong with a connection string, to follow the name of its setting; null where it can be read. Repeats nothing of it.</summary>
    internal static string? Refusal(string? connectionString)
    {
        if (string.IsNullOrWhiteSpace(connectionString))
            return $"is empty: {Example}";
        if (connectionString.Split(',').Any(part => part.Contains("://", StringComparison.Ordinal) && !part.Contains('=')))
            return $"is a URI: {Example}";
        try
        {
            return ConfigurationOptions.Parse(connectionString).EndPoints.Count == 0 ? $"names no server: {Example}" : null;
        }
        catch (ArgumentOutOfRangeException e)
        {
            return $"can't be read, because of the value of its '{e.ParamName}': {Example}";
        }
        catch (Exception e) when (e is ArgumentException or FormatException or OverflowException)
        {
            return $"has an option that StackExchange.Redis does not know: {Example}";
        }
    }

    internal ConfigurationOptions Configure()
    {
        var options = ConfigurationOptions.Parse(_connectionString);
        // The driver goes on connecting by itself, and calls fail at once meanwhile instead of waiting in a queue that only grows.
        options.AbortOnConnectFail = false;
        options.BacklogPolicy = BacklogPolicy.FailFast;
        options.ReconnectRetryPolicy = new LinearRetry(ReconnectMilliseconds);
        if (!_connectionString.Contains("asyncTimeout", StringComparison.OrdinalIgnoreCase))
            options.AsyncTimeout = TimeoutMilliseconds;
        if (!_connectionString.Contains("keepAlive", StringComparison.OrdinalIgnoreCase))
            options.KeepAlive = KeepAliveSeconds;
        return options;
    }

    /// <summary>Whether it is the driver that says that it could not do something.</summary>
    internal static bool IsFailure(Exception exception) =>
        exception is RedisException or RedisCommandException or TimeoutException or ObjectDisposedException;

    /// <summary>One sentence for the operator.</summary>
    internal string Explain(Exception exception)
    {
        for (var e = exception; e is not null; e = e.InnerException)
        {
            if (e is AuthenticationException)
                return $"{Servers} can't be reached: the TLS handshake failed.";
            if (e is RedisConnectionException { FailureType: ConnectionFailureType.AuthenticationFailure } || (e is RedisServerException && IsAboutCredentials(e.Message)))
                return $"{Servers} refuses the user or the password.";
            // What the server itself answers names no password.
            if (e is RedisServerException { Message: var answer })
                return $"{Servers} refuses: {answer.ReplaceLineEndings(" ")}";
        }

        return exception is TimeoutException ? $"{Servers} does not answer." : $"{Servers} can't be reached.";
    }

    private static bool IsAboutCredentials(string answer) =>
        answer.Contains("WRONGPASS", StringComparison.Ordinal) || answer.Contains("NOAUTH", StringComparison.Ordinal) || answer.Contains("invalid password", StringComparison.Ordinal);
}
