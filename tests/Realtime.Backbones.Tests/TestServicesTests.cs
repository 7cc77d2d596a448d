using System.Net.Sockets;
using System.Text;
using Realtime.Testing.Services;

namespace Realtime.Backbones.Tests;

/// <summary>The servers that other tests rely on are there and are what they should be.</summary>
public class TestServicesTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    [Fact]
    public async Task Postgres_answers()
    {
        var port = TestServices.Postgres.Split(';').Single(field => field.StartsWith("Port=", StringComparison.Ordinal))["Port=".Length..];
        // SSLRequest, which PostgreSQL answers with one byte.
        Assert.Matches("[SN]", await AskAsync($"127.0.0.1:{port}", [0, 0, 0, 8, 4, 210, 22, 47], 1));
    }

    [Fact]
    public async Task RabbitMq_answers()
    {
        // A greeting in a version that it does not speak, which it answers with its own.
        var broker = new Uri(TestServices.RabbitMq);
        Assert.Equal("AMQP", await AskAsync($"{broker.Host}:{broker.Port}", "AMQP\0\u0009\u0009\u0009"u8.ToArray(), 4));
    }

    [Fact]
    public async Task Redis_answers() => Assert.Equal("+PONG", await AskAsync(TestServices.Redis.Split(',')[0], "PING\r\n"u8.ToArray(), 5));

    [Fact]
    public void Nginx_runs() => Assert.NotEmpty(TestServices.Nginx);

    private static async Task<string> AskAsync(string address, byte[] question, int answerBytes)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        deadline.CancelAfter(Patience);
        using var client = new TcpClient();
        var at = new Uri($"tcp://{address}");
        await client.ConnectAsync(at.Host, at.Port, deadline.Token);
        await client.GetStream().WriteAsync(question, deadline.Token);
        var answer = new byte[answerBytes];
        await client.GetStream().ReadExactlyAsync(answer, deadline.Token);
        return Encoding.ASCII.GetString(answer);
    }
}
