using System.Net;
using System.Text.Json;
using Realtime.Testing.Clients;

namespace Realtime.Server.Tests.Protocol;

/// <summary>The advisor.</summary>
public sealed class AdvisorTests(SharedServer server) : ProtocolTest(server)
{
    [Fact]
    public async Task A_workload_in_numbers_is_advised_on_with_the_costs_behind_it()
    {
        using var response = await Alice.PostAsync("api/advisor", """{"postsPerAuthorPerDay":50,"readsPerReaderPerDay":0.1,"proxies":"buffering"}""");
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        var advice = await ServerClient.JsonAsync(response);

        Assert.Equal(("pull", "long-poll"), (advice.GetProperty("recommendation").GetString(), advice.GetProperty("transport").GetString()));
        Assert.NotEmpty(advice.GetProperty("reasons").EnumerateArray());
        Assert.Equal(["push", "pull", "hybrid"], advice.GetProperty("costs").EnumerateObject().Select(cost => cost.Name));
        Assert.All(advice.GetProperty("costs").EnumerateObject(), cost => Assert.True(cost.Value.GetProperty("toOptimum").GetDouble() >= 0.999999));
        Assert.True(advice.GetProperty("units").GetProperty("mailboxWriteNs").GetDouble() >= 1);
        Assert.Equal((50, 0.3), (advice.GetProperty("workload").GetProperty("postsPerAuthorPerDay").GetDouble(), advice.GetProperty("workload").GetProperty("activeShare").GetDouble()));
    }

    [Fact]
    public async Task What_the_server_sees_is_advised_on()
    {
        using (var timeline = await Alice.GetAsync("api/timeline"))
            Assert.Equal(HttpStatusCode.OK, timeline.StatusCode);
        using var response = await Alice.GetAsync("api/advisor/live");
        var advice = await ServerClient.JsonAsync(response);

        Assert.Contains(advice.GetProperty("recommendation").GetString(), (string[])["push", "pull", "hybrid"]);
        Assert.Equal(JsonValueKind.Object, advice.GetProperty("breakEven").ValueKind);
    }

    [Theory]
    [InlineData("""{"activeShare":1.5}""", "activeShare must be a number from 0 to 1.")]
    [InlineData("""{"readers":"many"}""", "readers must be a number.")]
    [InlineData("""{"followersMean":10,"followersMax":5}""", "followersMax must be a number from 10 to 1000000000.")]
    [InlineData("""{"proxies":"squid"}""", "proxies must be none, no-websocket, buffering.")]
    public async Task A_number_out_of_its_bounds_is_refused_by_name(string body, string detail)
    {
        using var response = await Alice.PostAsync("api/advisor", body);

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Equal(detail, (await ServerClient.JsonAsync(response)).GetProperty("detail").GetString());
    }
}
