using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Realtime.Transports.Problems;
using Realtime.Transports.Tests.Access;

namespace Realtime.Transports.Tests.Problems;

public sealed class ProblemRoutingTests : IAsyncLifetime
{
    private readonly CapturedLog _log = new();
    private readonly TaskCompletionSource _gaveUp = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private WebApplication _app = null!;
    private HttpClient _http = null!;

    public async ValueTask InitializeAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders().AddProvider(_log);
        _app = builder.Build();
        _app.MapApi(
            "/api/things/{thing}",
            (HttpMethods.Get, context => context.Response.WriteAsync("got " + context.Request.RouteValues["thing"])),
            (HttpMethods.Post, _ => throw new ProblemException(Problem.IdConflict("room:a", "1"))));
        _app.MapApi("/api/broken", HttpMethods.Get, _ => throw new RealtimeException("no disk", isTransient: true));
        _app.MapApi("/api/lost", HttpMethods.Get, _ => throw new RealtimeException("no disk", isTransient: false));
        _app.MapApi("/api/parked", HttpMethods.Get, async context =>
        {
            await context.Response.Body.FlushAsync(context.RequestAborted);
            try
            {
                await Task.Delay(Timeout.Infinite, context.RequestAborted);
            }
            finally
            {
                _gaveUp.SetResult();
            }
        });
        _app.MapApiFallback();
        await _app.StartAsync(TestContext.Current.CancellationToken);
        _http = new HttpClient { BaseAddress = new Uri(_app.Urls.Single()) };
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await _app.DisposeAsync();
    }

    [Fact]
    public async Task Each_method_reaches_its_handler() =>
        Assert.Equal("got 7", await _http.GetStringAsync("/api/things/7", TestContext.Current.CancellationToken));

    [Fact]
    public async Task A_problem_that_a_handler_throws_is_the_answer() =>
        await (await SendAsync(HttpMethod.Post, "/api/things/7")).ProblemAsync(409, "id-conflict");

    [Theory]
    [InlineData("PUT")]
    [InlineData("DELETE")]
    [InlineData("PATCH")]
    [InlineData("BREW")]
    public async Task Another_method_is_told_which_ones_are_taken(string method)
    {
        var response = await SendAsync(new HttpMethod(method), "/api/things/7");

        await response.ProblemAsync(405, "method-not-allowed");
        Assert.Equal(["GET", "POST"], response.Content.Headers.Allow);
    }

    [Fact]
    public async Task A_head_request_gets_the_refusal_without_a_body()
    {
        var response = await SendAsync(HttpMethod.Head, "/api/things/7");

        Assert.Equal(405, (int)response.StatusCode);
        Assert.Empty(await response.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken));
    }

    [Theory]
    [InlineData("/api")]
    [InlineData("/api/nothing")]
    [InlineData("/api/things/7/more")]
    public async Task An_unknown_address_is_a_problem_too(string path) => await (await SendAsync(HttpMethod.Get, path)).ProblemAsync(404, "not-found");

    [Fact]
    public async Task A_backend_that_may_be_back_is_503_and_a_log_line()
    {
        var response = await SendAsync(HttpMethod.Get, "/api/broken");

        var problem = await response.ProblemAsync(503, "overloaded");
        Assert.Equal(TimeSpan.FromSeconds(1), response.Headers.RetryAfter?.Delta);
        Assert.DoesNotContain("disk", problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
        Assert.Contains(_log.Lines, line => line.Id.Name == "BackendFailed" && line.Text.Contains("no disk", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_failure_that_will_stay_is_the_servers_error() =>
        Assert.Equal(500, (int)(await SendAsync(HttpMethod.Get, "/api/lost")).StatusCode);

    [Fact]
    public async Task A_client_that_goes_away_is_no_error()
    {
        using (await _http.GetAsync("/api/parked", HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken))
        {
        }

        await _gaveUp.Task.WaitAsync(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken);
        await _app.StopAsync(TestContext.Current.CancellationToken);
        Assert.DoesNotContain(_log.Lines, line => line.Level >= LogLevel.Warning);
    }

    private Task<HttpResponseMessage> SendAsync(HttpMethod method, string path) =>
        _http.SendAsync(new HttpRequestMessage(method, path), TestContext.Current.CancellationToken);
}
