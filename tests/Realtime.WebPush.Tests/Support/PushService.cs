using System.Collections.Concurrent;
using System.Threading.Channels;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Realtime.Testing.Clients;

namespace Realtime.WebPush.Tests.Support;

/// <summary>A push service on a real socket: keeps what it is sent, and answers as a test wants.</summary>
internal sealed class PushService : IAsyncDisposable
{
    private readonly Channel<ReceivedPush> _received = Channel.CreateUnbounded<ReceivedPush>();
    private readonly ConcurrentQueue<(int Status, string? RetryAfter)> _answers = new();
    private readonly WebApplication _app;

    private PushService(WebApplication app) => _app = app;

    /// <summary>The origin of its endpoints.</summary>
    internal string Origin => _app.Urls.First();

    /// <summary>How many pushes came that no test has taken yet.</summary>
    internal int Waiting => _received.Reader.Count;

    internal static async Task<PushService> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var service = new PushService(builder.Build());
        service._app.MapPost("/push/{browser}", service.ReceiveAsync);
        service._app.MapPost("/redirect/{browser}", (string browser) => Results.Redirect($"/push/{browser}", preserveMethod: true));
        await service._app.StartAsync();
        return service;
    }

    /// <summary>The endpoint of a browser.</summary>
    internal string EndpointOf(string browser) => $"{Origin}/push/{browser}";

    /// <summary>How the next push is answered; those without an answer of their own are taken.</summary>
    internal void Answer(int status, string? retryAfter = null) => _answers.Enqueue((status, retryAfter));

    /// <summary>The next push, whichever browser's.</summary>
    internal Task<ReceivedPush> NextAsync() => Deadline.WithinAsync(_received.Reader.ReadAsync().AsTask(), "push");

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task ReceiveAsync(HttpContext context)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body, context.RequestAborted);
        var answer = _answers.TryDequeue(out var scripted) ? scripted : (Status: StatusCodes.Status201Created, RetryAfter: null);
        context.Response.StatusCode = answer.Status;
        if (answer.RetryAfter is not null)
            context.Response.Headers.RetryAfter = answer.RetryAfter;
        await context.Response.CompleteAsync();
        _received.Writer.TryWrite(new ReceivedPush(
            (string)context.Request.RouteValues["browser"]!, context.Request.Headers.ToDictionary(header => header.Key, header => header.Value.ToString()), body.ToArray(), answer.Status));
    }
}

/// <summary>What the push service was sent, and what it answered.</summary>
internal sealed record ReceivedPush(string Browser, IReadOnlyDictionary<string, string> Headers, byte[] Body, int Status);
