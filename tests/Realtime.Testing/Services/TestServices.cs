using System.ComponentModel;
using System.Diagnostics;
using System.Net.Sockets;

namespace Realtime.Testing.Services;

/// <summary>The real servers that <c>tests/run.sh</c> starts for all tests. One that is missing skips the test, or fails it where <c>REALTIME_REQUIRE_SERVICES</c> is 1.</summary>
public static class TestServices
{
    private static readonly Lazy<string?> PostgresAt = new(() => Probe("REALTIME_TEST_POSTGRES", 5432));
    private static readonly Lazy<string?> RabbitMqAt = new(() => Probe("REALTIME_TEST_RABBITMQ", 5672));
    private static readonly Lazy<string?> RedisAt = new(() => Probe("REALTIME_TEST_REDIS", 6379));
    private static readonly Lazy<string?> NginxAt = new(FindNginx);

    /// <summary>Npgsql's connection string of a database in which tests make schemas of their own.</summary>
    public static string Postgres => Require(PostgresAt, "PostgreSQL", "REALTIME_TEST_POSTGRES");

    /// <summary>The AMQP address of a broker on which tests make exchanges and queues of their own.</summary>
    public static string RabbitMq => Require(RabbitMqAt, "RabbitMQ", "REALTIME_TEST_RABBITMQ");

    /// <summary>StackExchange.Redis' connection string of a server on which tests use key prefixes of their own.</summary>
    public static string Redis => Require(RedisAt, "Redis", "REALTIME_TEST_REDIS");

    /// <summary>The program of the balancer: <c>REALTIME_TEST_NGINX</c>, else the one on the <c>PATH</c>.</summary>
    public static string Nginx => Require(NginxAt, "nginx", "REALTIME_TEST_NGINX", "no program that runs");

    private static string Require(Lazy<string?> address, string service, string variable, string lack = "no server that answers")
    {
        if (address.Value is { } found)
            return found;
        var reason = $"{service} is not there: {variable} names {lack}. tests/run.sh provides it.";
        if (Environment.GetEnvironmentVariable("REALTIME_REQUIRE_SERVICES") == "1")
            Assert.Fail(reason);
        Assert.Skip(reason);
        return "";
    }

    private static string? Probe(string variable, int defaultPort)
    {
        if (Environment.GetEnvironmentVariable(variable) is not { Length: > 0 } address)
            return null;
        var (host, port) = Endpoint(address, defaultPort);
        try
        {
            using var client = new TcpClient();
            return client.ConnectAsync(host, port).Wait(TimeSpan.FromSeconds(3)) ? address : null;
        }
        catch (AggregateException)
        {
            return null;
        }
    }

    private static string? FindNginx()
    {
        var program = Environment.GetEnvironmentVariable("REALTIME_TEST_NGINX") is { Length: > 0 } named ? named : "nginx";
        try
        {
            using var process = Process.Start(new ProcessStartInfo(program, ["-v"]) { RedirectStandardError = true })!;
            process.StandardError.ReadToEnd();
            process.WaitForExit();
            return process.ExitCode == 0 ? program : null;
        }
        catch (Win32Exception)
        {
            return null;
        }
    }

    private static (string Host, int Port) Endpoint(string address, int defaultPort)
    {
        if (Uri.TryCreate(address, UriKind.Absolute, out var uri) && uri.Host.Length > 0)
            return (uri.Host, uri.Port > 0 ? uri.Port : defaultPort);
        var fields = address.Split(';').Select(field => field.Split('=', 2)).Where(field => field.Length == 2).ToDictionary(
            field => field[0].Trim(), field => field[1].Trim(), StringComparer.OrdinalIgnoreCase);
        if (fields.TryGetValue("Host", out var host))
            return (host, fields.TryGetValue("Port", out var port) ? int.Parse(port, System.Globalization.CultureInfo.InvariantCulture) : defaultPort);
        var parts = address.Split(',')[0].Split(':');
        return (parts[0], parts.Length > 1 ? int.Parse(parts[1], System.Globalization.CultureInfo.InvariantCulture) : defaultPort);
    }
}
