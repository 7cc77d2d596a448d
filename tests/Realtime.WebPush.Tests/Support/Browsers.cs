using System.ComponentModel;
using System.Diagnostics;
using System.Text.Json;
using Realtime.Testing.Clients;

namespace Realtime.WebPush.Tests.Support;

/// <summary>Browsers with subscriptions, by an implementation of the encryption that is not ours: <c>http_ece</c> in Node.</summary>
internal sealed class Browsers : IAsyncDisposable
{
    private readonly Process _node;
    private readonly SemaphoreSlim _turn = new(1, 1);

    private Browsers(Process node) => _node = node;

    internal static Browsers Start()
    {
        var root = Root();
        var clients = Path.Combine(root, "clients");
        Require(Directory.Exists(Path.Combine(clients, "node_modules", "http_ece")), "The package http_ece is not there: 'npm ci' in clients installs it.");
        try
        {
            return new Browsers(Process.Start(new ProcessStartInfo("node", [Path.Combine(root, "tests", "Realtime.WebPush.Tests", "Support", "browser.mjs"), clients])
            {
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
            })!);
        }
        catch (Win32Exception)
        {
            Require(false, "Node is not there.");
            throw;
        }
    }

    /// <summary>A new subscription of a browser.</summary>
    /// <returns>Its keys, as a browser gives them.</returns>
    internal async Task<BrowserKeys> SubscribeAsync(string name)
    {
        var answer = await AskAsync(new { operation = "subscribe", name });
        return new BrowserKeys(answer.GetProperty("p256dh").GetString()!, answer.GetProperty("auth").GetString()!);
    }

    /// <summary>Decrypts a push and verifies who sent it.</summary>
    internal async Task<OpenedPush> OpenAsync(string name, ReceivedPush push)
    {
        var answer = await AskAsync(new { operation = "open", name, body = Convert.ToBase64String(push.Body), authorization = push.Headers["Authorization"] });
        Assert.False(answer.TryGetProperty("error", out var error), error.ToString());
        Assert.True(answer.GetProperty("isSigned").GetBoolean());
        return new OpenedPush(
            JsonDocument.Parse(answer.GetProperty("content").GetString()!).RootElement, answer.GetProperty("key").GetString()!,
            answer.GetProperty("header"), answer.GetProperty("claims"));
    }

    public async ValueTask DisposeAsync()
    {
        _node.StandardInput.Close();
        await _node.WaitForExitAsync();
        _node.Dispose();
        _turn.Dispose();
    }

    private async Task<JsonElement> AskAsync(object request)
    {
        await _turn.WaitAsync(TestContext.Current.CancellationToken);
        try
        {
            await _node.StandardInput.WriteLineAsync(JsonSerializer.Serialize(request));
            await _node.StandardInput.FlushAsync();
            var line = await Deadline.WithinAsync(_node.StandardOutput.ReadLineAsync(), "answer of the browser");
            return JsonDocument.Parse(line ?? throw new EndOfStreamException("The browser's process has ended.")).RootElement;
        }
        finally
        {
            _turn.Release();
        }
    }

    private static string Root()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Realtime.sln")))
            folder = folder.Parent;
        return folder?.FullName ?? throw new DirectoryNotFoundException($"No Realtime.sln above {AppContext.BaseDirectory}.");
    }

    private static void Require(bool isThere, string reason)
    {
        if (isThere)
            return;
        if (Environment.GetEnvironmentVariable("REALTIME_REQUIRE_SERVICES") == "1")
            Assert.Fail(reason);
        Assert.Skip(reason);
    }
}

/// <summary>The <c>keys</c> of a subscription.</summary>
internal sealed record BrowserKeys(string P256dh, string Auth);

/// <summary>A push as the browser sees it.</summary>
internal sealed record OpenedPush(JsonElement Content, string Key, JsonElement Header, JsonElement Claims);
