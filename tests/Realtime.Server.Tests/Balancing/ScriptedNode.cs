using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Realtime.Server.Tests.Balancing;

/// <summary>Stands where a node would, answers as the test says, and counts what it was asked.</summary>
internal sealed class ScriptedNode : IAsyncDisposable
{
    private readonly WebApplication _app;
    private int _asked;

    private ScriptedNode(WebApplication app) => _app = app;

    public int Port { get; private set; }

    public int Asked => Volatile.Read(ref _asked);

    public static async Task<ScriptedNode> StartAsync(RequestDelegate answer)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        var node = new ScriptedNode(builder.Build());
        node._app.Run(context =>
        {
            Interlocked.Increment(ref node._asked);
            return answer(context);
        });
        await node._app.StartAsync();
        node.Port = new Uri(node._app.Urls.Single()).Port;
        return node;
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();
}
