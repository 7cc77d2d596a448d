using StackExchange.Redis;

namespace Realtime.Backbones.Redis.Internal;

/// <summary>Where Redis is and how to connect to it. Passwords are in what <see cref="Configure"/> and <see cref="ConfigureSignalR"/> give alone, never in a text.</summary>
internal sealed class RedisAddress
{
    /// <summary>A link that died without a word is noticed by pings in both directions; the driver gives up after four timeouts without an answer.</summary>
    private const int KeepAliveSeconds = 5;

    private static readonly TimeSpan ReconnectInterval = TimeSpan.FromSeconds(1);

    private readonly string _connectionString;

    private RedisAddress(string connectionString)
    {
        _connectionString = connectionString;
        // Only what stands before the first option: a comma in a password would make its rest look like a server.
        var servers = connectionString.Split(',').Select(part => part.Trim()).TakeWhile(part => !part.Contains('=')).Where(part => part.Length > 0);
        Servers = string.Join(", ", servers) is { Length: > 0 } named ? $"Redis at {named}" : "Redis";
    }

    /// <summary><c>Redis at host:port</c>, for people.</summary>
    internal string Servers { get; }

    /// <summary>Reads a connection string.</summary>
    /// <exception cref="RealtimeException">It can't be read.</exception>
    internal static RedisAddress Parse(string connectionString, string setting) => Refusal(connectionString) is { } refusal
        ? throw new RealtimeException($"{setting} {refusal}", isTransient: false)
        : new RedisAddress(connectionString);

    /// <summary>What is wrong with a connection string, to follow the name of its setting; null where it can be read.</summary>
    internal static string? Refusal(string? connectionString)
    {
        const string Example = "it has to be like 'host:6379,password=…'.";
        if (string.IsNullOrWhiteSpace(connectionString))
            return $"is empty: {Example}";
        // Its parts can hold the password, so nothing of it is repeated but the names of options.
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

    /// <summary>The driver's settings for SignalR, which connects at the first use of a hub, and then again for as long as it takes.</summary>
    internal ConfigurationOptions ConfigureSignalR()
    {
        var options = ConfigurationOptions.Parse(_connectionString);
        options.AbortOnConnectFail = false;
        return options;
    }

    /// <summary>The driver's settings for the backbone.</summary>
    internal ConfigurationOptions Configure()
    {
        var options = ConfigurationOptions.Parse(_connectionString);
        // The caller tries again, and is told why it failed.
        options.AbortOnConnectFail = true;
        options.ConnectRetry = 1;
        // With RESP3 there is one connection for both directions, and frames would wait for each other.
        options.Protocol = RedisProtocol.Resp2;
        options.ReconnectRetryPolicy = new LinearRetry((int)ReconnectInterval.TotalMilliseconds);
        // A frame that can't be sent now is lost at once: what it tells is in the store, and waiting frames would only grow.
        options.BacklogPolicy = BacklogPolicy.FailFast;
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
            if (e is System.Security.Authentication.AuthenticationException)
                return $"{Servers} can't be reached: the TLS handshake failed.";
            // What the server itself answers names no password.
            if (e is RedisServerException { Message: var answer })
                return IsAboutCredentials(answer) ? $"{Servers} refuses the user or the password." : $"{Servers} refuses: {answer.ReplaceLineEndings(" ")}";
            if (e is RedisConnectionException { FailureType: ConnectionFailureType.AuthenticationFailure, InnerException: null })
                return $"{Servers} refuses the user or the password.";
        }

        return exception is TimeoutException ? $"{Servers} does not answer." : $"{Servers} can't be reached.";
    }

    private static bool IsAboutCredentials(string answer) =>
        answer.Contains("WRONGPASS", StringComparison.Ordinal) || answer.Contains("NOAUTH", StringComparison.Ordinal) || answer.Contains("invalid password", StringComparison.Ordinal);
}
